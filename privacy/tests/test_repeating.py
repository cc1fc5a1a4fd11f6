"""A restored backup brings nobody back who was erased after it; and nobody is erased who only has their number."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings.account_closure.rules import ClosureDecision
from bookings.account_closure.services import close_patient, to_decide
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.tests.factories import make_booking
from core import clock
from core.backup.restore import restore
from core.backup.services import back_up
from core.crypto import seal
from doctors.tests.factories import make_slot
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.services import register_without_account
from patients.tests.factories import make_patient
from privacy import erasure_list, retention
from privacy.data_subjects import DataSubject, myself
from privacy.erasing import erase
from privacy.erasure_list import Line, ListUnreadable
from privacy.models import Erasure
from privacy.tasks import keep_erasure_list
from privacy.tests.people import GONE, WORDS, all_is_sent, close, family, full_patient, where
from tests.backup.site import Site, site

__all__ = ["site"]
pytestmark = pytest.mark.django_db(transaction=True)
OTHER_KEY = "bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleTE="


@pytest.fixture(autouse=True)
def _own_list(settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_FOLDER = tmp_path / "backups"


@pytest.fixture
def boss() -> User:
    return StaffFactory(username="boss", is_superuser=True)


def erased(patient: PatientProfile, boss: User) -> Erasure:
    close(patient, boss)
    return erase(person=myself(patient.user), reason="Asked by letter", by=boss, now=clock.now())


def brought_back(line: Line) -> None:
    """The list, as if a restored database knew nothing of one of its erasures."""
    erasure_list.path().parent.mkdir(parents=True, exist_ok=True)
    erasure_list.path().write_text(seal(asdict(line)) + "\n")


def line_of(person: DataSubject, by: User) -> Line:
    return Line(
        user=person.user.pk if person.user else None,
        user_since=person.user.date_joined.isoformat() if person.user else "",
        patient=person.patient.pk if person.patient else None,
        patient_since=person.patient.created_at.isoformat() if person.patient else "",
        pseudonym="4F2K",
        reason="Asked by letter",
        erased_by=by.pk,
        erased_at=clock.now().isoformat(),
    )


def test_who_was_erased_after_the_backup_is_erased_again_after_the_restore(
    boss: User, site: Callable[[], Site], settings: Any, capsys: Any
) -> None:
    zuleika, early = full_patient(), make_patient(full_name="Early Erased")
    before = erased(early, boss)
    make_booking(slot=make_slot(days=6), patient=zuleika)
    site()
    folder, _ = back_up(settings.BACKUP_FOLDER, now=clock.now())
    since = erased(zuleika, boss)
    connection.close()
    restore(folder, now=clock.now())
    assert where("Canarybird"), "the backup did bring her back"

    call_command("repeat_erasures")

    said = capsys.readouterr().out
    assert f"{since.pseudonym} is erased again." in said
    assert before.pseudonym not in said
    all_is_sent()
    retention.erase_messages(now=clock.now() + timedelta(minutes=1))
    assert {word: where(word) for word in WORDS if where(word)} == {}
    zuleika = PatientProfile.objects.get(pk=zuleika.pk)
    assert zuleika.full_name == f"Erased patient {since.pseudonym}"
    assert not zuleika.bookings.upcoming(clock.now()).exists()
    assert OutgoingMessage.objects.filter(action="DATA_ERASED").count() == 1, "only of who was erased before"
    call_command("repeat_erasures")
    assert "2 were erased in it already." in capsys.readouterr().out


def test_who_only_has_the_number_of_somebody_erased_is_left_alone(boss: User, capsys: Any) -> None:
    """The number was given again: the person of the list had come after the backup."""
    newcomer = make_patient(full_name="New Comer")
    line = line_of(myself(newcomer.user), boss)
    brought_back(replace(line, user_since=(newcomer.user.date_joined - timedelta(days=9)).isoformat()))

    call_command("repeat_erasures")

    assert "Not in this database, for they came after it: 4F2K." in capsys.readouterr().out
    assert PatientProfile.objects.get(pk=newcomer.pk).full_name == "New Comer"


def test_somebody_without_an_account_is_erased_again(boss: User) -> None:
    with transaction.atomic():
        patient = register_without_account(
            full_name=GONE["name"], date_of_birth=date(1980, 1, 1), phone=GONE["phone"], email=GONE["email"]
        )
    book(slot_id=make_slot(days=6).pk, patient_ref=PatientRef.of(patient), by=boss, now=clock.now())
    brought_back(line_of(DataSubject(patient=patient), boss))

    call_command("repeat_erasures")

    assert PatientProfile.objects.get(pk=patient.pk).full_name == "Erased patient 4F2K"


@pytest.mark.parametrize("already_closed", [True, False])
def test_what_is_to_come_of_whom_they_care_for_is_cancelled_and_says_nothing_of_the_erasure(
    boss: User, already_closed: bool
) -> None:
    """In the backup the account is open, or closed with an appointment of the child to come."""
    patient, child = family()
    booking = book(slot_id=make_slot(days=6).pk, patient_ref=PatientRef.of(child), by=patient.user, now=clock.now())
    brought_back(line_of(myself(patient.user), boss))
    if already_closed:
        keep = {visit.reference: ClosureDecision.KEEP for visit in to_decide(patient.user, clock.now())}
        close_patient(user=patient.user, decisions=keep, by=boss, now=clock.now())

    call_command("repeat_erasures")

    booking.refresh_from_db()
    assert (booking.status, booking.cancellation_reason) == ("CANCELLED", "")
    assert "Asked by letter" not in str(list(booking.changes.values_list("reason", flat=True)))
    assert PatientProfile.objects.get(pk=patient.pk).full_name == "Erased patient 4F2K"


def test_who_is_not_erased_is_named_with_the_reason_and_the_others_are(boss: User) -> None:
    """Here a doctor, whose appointments a person has to decide about."""
    booking = make_booking(slot=make_slot(days=6))
    doctor, patient = booking.doctor, full_patient()
    lines = [line_of(myself(doctor.user), boss), replace(line_of(myself(patient.user), boss), pseudonym="9XYZ")]
    erasure_list.path().parent.mkdir(parents=True)
    erasure_list.path().write_text("".join(f"{seal(asdict(line))}\n" for line in lines))

    with pytest.raises(CommandError, match=r"by hand\. 4F2K: There are upcoming appointments"):
        call_command("repeat_erasures")
    assert list(Erasure.objects.values_list("pseudonym", flat=True)) == ["9XYZ"]


def test_an_eraser_without_an_account_is_stood_in_for(boss: User) -> None:
    patient = make_patient()
    brought_back(replace(line_of(myself(patient.user), boss), erased_by=999_999))

    with pytest.raises(CommandError, match="name an administrator with --by"):
        call_command("repeat_erasures")
    with pytest.raises(CommandError, match="no superuser nobody"):
        call_command("repeat_erasures", by="nobody")
    call_command("repeat_erasures", by="boss")

    assert Erasure.objects.get().erased_by == boss


# The list itself


def test_the_list_names_nobody_and_only_its_owner_reads_it(boss: User) -> None:
    zuleika = full_patient()
    erased(zuleika, boss)

    written = erasure_list.path().read_text()
    assert not any(word.casefold() in written.casefold() for word in (*WORDS, "Asked by letter"))
    assert erasure_list.path().stat().st_mode & 0o077 == 0
    assert [line.user for line in erasure_list.read()] == [zuleika.user_id]


def test_no_line_is_ever_lost_to_an_older_database(boss: User) -> None:
    brought_back(replace(line_of(myself(make_patient().user), boss), user=999_999))
    erased(make_patient(), boss)

    keep_erasure_list()

    assert len(erasure_list.read()) == 2


def test_a_line_of_another_key_is_refused_and_nothing_is_written_over_it(boss: User, settings: Any) -> None:
    erased(make_patient(), boss)
    written = erasure_list.path().read_text()
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_KEY]

    with pytest.raises(ListUnreadable):
        erasure_list.keep()
    with pytest.raises(CommandError, match="can’t be opened"):
        call_command("repeat_erasures")
    assert erasure_list.path().read_text() == written


def test_it_goes_over_to_the_newest_key(boss: User, settings: Any) -> None:
    erased(make_patient(), boss)
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_KEY, *settings.FIELD_ENCRYPTION_KEYS]
    call_command("repeat_erasures", write_list=True)
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_KEY]

    assert len(erasure_list.read()) == 1


def test_a_list_that_cannot_be_written_stops_no_erasure_and_is_caught_up(
    boss: User, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    folder, settings.BACKUP_FOLDER = settings.BACKUP_FOLDER, tmp_path / "file" / "backups"
    erased(make_patient(), boss)
    assert "list of erasures couldn’t be written" in caplog.text

    settings.BACKUP_FOLDER = folder
    keep_erasure_list()
    assert len(erasure_list.read()) == 1


def _database_gone(*_: Any) -> None:
    raise OperationalError("server closed the connection unexpectedly")


def full_disk(_: pytest.MonkeyPatch) -> None:
    erasure_list.path().parent.mkdir(parents=True, exist_ok=True)
    erasure_list.path().with_suffix(".part").symlink_to("/dev/full")


def no_right_to_write(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(erasure_list.os, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "denied")))


def read_only_disk(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(Path, "mkdir", lambda *_, **__: (_ for _ in ()).throw(OSError(30, "Read-only file system")))


def unreadable_list(_: pytest.MonkeyPatch) -> None:
    erasure_list.path().parent.mkdir(parents=True, exist_ok=True)
    erasure_list.path().write_bytes(b"\xff\xfe no list")


def another_writer_hangs(patched: pytest.MonkeyPatch) -> None:
    erasure_list.path().parent.mkdir(parents=True, exist_ok=True)
    gate = os.open(erasure_list.path().with_suffix(".lock"), os.O_CREAT | os.O_WRONLY)  # held until the process ends
    fcntl.flock(gate, fcntl.LOCK_EX)
    patched.setattr(erasure_list, "WAIT_SECONDS", 0.2)


def lost_database(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(erasure_list, "_of_the_database", _database_gone)


def no_keys(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(erasure_list, "seal", lambda _: (_ for _ in ()).throw(ValueError("no key")))


@pytest.mark.parametrize(
    "trouble",
    [
        *(full_disk, no_right_to_write, read_only_disk, unreadable_list),
        *(another_writer_hangs, lost_database, no_keys),
    ],
)
def test_an_erasure_is_done_whatever_keeps_the_list_from_being_written(
    boss: User, trouble: Callable[[pytest.MonkeyPatch], None], caplog: pytest.LogCaptureFixture
) -> None:
    patient = make_patient()
    close(patient, boss)
    with pytest.MonkeyPatch.context() as patched:
        trouble(patched)
        erase(person=myself(patient.user), reason="Asked by letter", by=boss, now=clock.now())

    assert "list of erasures couldn’t be written" in caplog.text
    assert Erasure.objects.count() == 1


def test_each_backup_brings_the_list_beside_it_up_to_date(boss: User, settings: Any, tmp_path: Path) -> None:
    erased(make_patient(), boss)
    back_up(tmp_path / "another disk", now=clock.now())

    settings.BACKUP_FOLDER = tmp_path / "another disk"
    assert len(erasure_list.read()) == 1


def test_without_a_list_it_says_which_file_it_looks_for() -> None:
    with pytest.raises(CommandError, match=r"There is no .*erasures\.list: put the list"):
        call_command("repeat_erasures")
