"""What comes back is what was there; what is spoiled, or can't be read, comes back in nobody's place."""

from __future__ import annotations

import fcntl
import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bookings.tests.factories import make_booking
from core import clock
from core.backup import contents
from core.backup import restore as module
from core.backup.errors import BackupError
from core.backup.manifest import DUMP, NAME, Manifest, files_of, fingerprint
from core.backup.restore import restore
from core.backup.services import back_up
from patients.tests.factories import make_patient
from tests.backup.site import SITE, MakeSite, Site

pytestmark = pytest.mark.django_db(transaction=True)
OTHER_KEY = "bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleTE="


def test_it_comes_back_equal_under_the_sites_name_and_the_old_one_is_kept(backup: Path, site: MakeSite) -> None:
    made = Site()
    made.rows("UPDATE accounts_user SET full_name = 'Written after the backup'")

    done = restore(backup, now=clock.now())

    assert made.databases() == {SITE, done.aside}
    assert made.rows("SELECT full_name FROM accounts_user WHERE full_name LIKE 'Zuleika%'")
    assert not made.rows("SELECT full_name FROM accounts_user WHERE full_name LIKE 'Zuleika%'", done.aside)


def test_nobody_is_signed_in_and_nothing_is_in_the_cache_afterwards(
    filled: None, site: MakeSite, client: Any, tmp_path: Path
) -> None:
    client.force_login(make_patient().user)
    site()
    folder, manifest = back_up(tmp_path / "backups", now=clock.now())

    restore(folder, now=clock.now())

    assert "public.accounts_session" in manifest.left_out
    assert Site().rows("SELECT count(*) FROM accounts_session") == [(0,)]
    assert Site().rows("SELECT count(*) FROM accounts_user WHERE role = 'PATIENT'") == [(2,)]


def test_the_manifest_tells_no_key_and_nobody_else_can_read_the_folder(backup: Path, settings: Any) -> None:
    written = (backup / NAME).read_text()

    assert not any(key in written for key in settings.FIELD_ENCRYPTION_KEYS)
    assert fingerprint(settings.FIELD_ENCRYPTION_KEYS[0]) in written
    assert (backup.stat().st_mode & 0o077, backup.parent.stat().st_mode & 0o077) == (0, 0)


# Spoiled ones


def a_dump_of_rows(folder: Path) -> Path:
    return max((folder / DUMP).glob("*.dat.gz"), key=lambda path: path.stat().st_size)


def cut_off(folder: Path) -> None:
    path = a_dump_of_rows(folder)
    path.write_bytes(path.read_bytes()[:-20])


def one_byte_flipped(folder: Path) -> None:
    path = a_dump_of_rows(folder)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def a_file_less(folder: Path) -> None:
    a_dump_of_rows(folder).unlink()


def a_file_more(folder: Path) -> None:
    (folder / DUMP / "9999.dat.gz").write_bytes(b"x")


def table_of_contents_cut_off(folder: Path) -> None:
    path = folder / DUMP / "toc.dat"
    path.write_bytes(path.read_bytes()[:100])


def no_manifest(folder: Path) -> None:
    (folder / NAME).unlink()


def manifest_cut_off(folder: Path) -> None:
    path = folder / NAME
    path.write_text(path.read_text()[:-200])


def manifest_of_another_backup(folder: Path) -> None:
    """Files and manifest agree again, and only the signature tells."""
    one_byte_flipped(folder)
    facts = json.loads((folder / NAME).read_text())
    (folder / NAME).write_text(json.dumps(facts | {"files": files_of(folder)}))


def manifest_of_fewer_rows(folder: Path) -> None:
    facts = json.loads((folder / NAME).read_text())
    facts["tables"].pop("public.bookings_booking")
    (folder / NAME).write_text(json.dumps(facts))


SPOILED = [
    (cut_off, "cut off or altered"),
    (one_byte_flipped, "cut off or altered"),
    (a_file_more, "cut off or altered"),
    (a_file_less, "not whole"),
    (table_of_contents_cut_off, "cut off or altered"),
    (no_manifest, "no finished backup"),
    (manifest_cut_off, "cut off or altered"),
    (manifest_of_another_backup, "was changed"),
    (manifest_of_fewer_rows, "was changed"),
]


def test_every_spoiled_one_is_refused_in_a_sentence_and_all_stays_as_it_was(backup: Path, tmp_path: Path) -> None:
    told = {}
    for spoil, _ in SPOILED:
        folder = tmp_path / spoil.__name__
        shutil.copytree(backup, folder)
        spoil(folder)
        with pytest.raises(CommandError) as refused:
            call_command("restore", str(folder))
        told[spoil] = str(refused.value)

    assert [text for spoil, said in SPOILED if said not in (text := told[spoil]) or text[-1] != "."] == []
    assert Site().databases() == {SITE}
    assert Site().rows("SELECT count(*) FROM bookings_booking") == [(1,)]
    restore(backup, now=clock.now(), into=f"{SITE}_trial")  # the one they were copied from is sound


def test_what_pg_restore_itself_refuses_is_said_in_a_sentence(backup: Path, settings: Any) -> None:
    """Rows that were spoiled before the manifest was written: by a byte of them, for one of a compressed file now and
    then says the same either way."""
    path = a_dump_of_rows(backup)
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[len(content) // 2] ^= 1
    path.write_bytes(gzip.compress(content))
    facts = json.loads((backup / NAME).read_text())
    facts.pop("signature")
    Manifest(**(facts | {"files": files_of(backup)})).write(backup, settings.FIELD_ENCRYPTION_KEYS)

    with pytest.raises(BackupError, match=r"pg_restore failed: .*|is not what was backed up"):
        restore(backup, now=clock.now())
    assert Site().databases() == {SITE}


CHANGES = {
    "accounts_user": "UPDATE accounts_user SET phone = phone || ' '",
    "bookings_calendarfeed": "DELETE FROM bookings_calendarfeed",
    "triggers": "ALTER TABLE bookings_booking DISABLE TRIGGER USER",
    "constraints": "ALTER TABLE doctors_slot DROP CONSTRAINT slot_no_overlap",
    "columns": "ALTER TABLE bookings_booking ALTER COLUMN reason DROP NOT NULL",
    "functions": "CREATE FUNCTION public.slipped_in() RETURNS int LANGUAGE sql AS 'SELECT 1'",
}


def test_every_row_and_rule_that_differs_is_found(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever went wrong on the way, here on purpose: the old database stays."""
    fill = module._fill
    told = {}
    for differs, change in CHANGES.items():

        def fill_and_change(server: Any, name: str, *rest: Any, change: str = change, **options: Any) -> None:
            fill(server, name, *rest, **options)
            Site().rows(change, name)

        monkeypatch.setattr(module, "_fill", fill_and_change)
        with pytest.raises(BackupError, match="is not what was backed up") as refused:
            restore(backup, now=clock.now())
        told[differs] = str(refused.value)

    assert [differs for differs, text in told.items() if differs not in text] == []
    assert Site().databases() == {SITE}


# Keys


def test_without_its_key_it_is_refused_by_the_keys_mark(backup: Path, settings: Any) -> None:
    mark = fingerprint(settings.FIELD_ENCRYPTION_KEYS[0])
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_KEY]

    with pytest.raises(BackupError, match=f"the key {mark}.*not in FIELD_ENCRYPTION_KEYS"):
        restore(backup, now=clock.now())
    assert Site().databases() == {SITE}


def test_a_key_that_was_put_in_front_since_is_no_obstacle(backup: Path, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_KEY, *settings.FIELD_ENCRYPTION_KEYS]
    assert restore(backup, now=clock.now()).database == SITE


@pytest.mark.parametrize("resealed", [False, True])
def test_an_old_key_is_needed_as_long_as_it_seals_anything(
    filled: None, site: MakeSite, tmp_path: Path, settings: Any, resealed: bool
) -> None:
    old = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_KEY, *old]
    if resealed:
        call_command("reencrypt_fields")
    else:
        make_booking()  # the newest message is of the new key, the oldest of the old one
    site()
    folder, _ = back_up(tmp_path / "backups", now=clock.now())
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_KEY]

    if resealed:
        assert restore(folder, now=clock.now()).database == SITE
    else:
        with pytest.raises(BackupError, match=f"the key {fingerprint(old[0])}"):
            restore(folder, now=clock.now())


# Taking one


def test_what_is_not_whole_never_bears_a_backups_name(
    filled: None, site: MakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site()

    def no_space(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Manifest, "write", no_space)
    with pytest.raises(CommandError, match=r"can't be written to .*No space left on device"):
        call_command("backup", str(tmp_path / "backups"))
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [".lock"]


def test_what_a_killed_backup_has_left_is_taken_away_by_the_next(filled: None, site: MakeSite, tmp_path: Path) -> None:
    site()
    leftover = tmp_path / "backups" / "hms-20260101-000000.part"
    (leftover / DUMP).mkdir(parents=True)

    back_up(tmp_path / "backups", now=clock.now())

    assert not leftover.exists()


def test_a_second_one_at_the_same_time_is_refused(filled: None, site: MakeSite, tmp_path: Path) -> None:
    site()
    (tmp_path / "backups").mkdir()
    with (tmp_path / "backups" / ".lock").open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        with pytest.raises(BackupError, match="Another backup is being written"):
            back_up(tmp_path / "backups", now=clock.now())


def test_only_as_many_as_asked_for_are_kept_and_nothing_else_is_touched(
    filled: None, site: MakeSite, tmp_path: Path
) -> None:
    site()
    folder = tmp_path / "backups"
    (folder / "hms-notes").mkdir(parents=True)
    made = [back_up(folder, now=clock.now(), keep=2)[0].name for _ in range(3)]

    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"hms-notes", *made[1:]}


def test_the_digest_of_a_table_knows_no_order_and_every_value(filled: None) -> None:
    server = Site().server
    with server.connect(server.name) as other:
        contents.pin(other)
        before = contents.tables(other)
    make_patient()
    with server.connect(server.name) as other:
        contents.pin(other)
        after = contents.tables(other)
    changed = {name for name in before if before[name] != after[name]}
    assert {"public.accounts_user", "public.patients_patientprofile"} <= changed
    assert "public.bookings_booking" not in changed


def test_a_folder_that_is_moved_can_be_restored(backup: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "with spaces and ü"
    shutil.copytree(backup, moved)
    assert restore(moved, now=clock.now()).database == SITE
