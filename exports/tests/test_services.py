"""A file is asked for once, made once, kept sealed, and deleted in time (F4)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from core.crypto import Unreadable
from exports import locks, services
from exports.choices import MOST_ATTEMPTS, ExportStatus
from exports.kinds import FileMade, Progress, UnknownKind
from exports.models import Export, ExportFile
from exports.tests.factories import make_export, make_ready
from exports.tests.kinds import BROKEN, CONTENT, QUICK, WatchedKind
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient
from tests.statements import watching_statements

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()
MADE = FileMade(name="a.pdf", content_type="application/pdf", content=CONTENT)


def claimed(export: Export, *, now: datetime | None = None) -> Export:
    found = services.claim(export.pk, now=now or timezone.now())
    assert found is not None
    return found


def together(work: Callable[[int], Any], number: int = 2) -> list[Any]:
    """The same at the same moment, each in a thread and a connection of its own."""
    barrier = Barrier(number)

    def one(index: int) -> Any:
        barrier.wait(30)
        try:
            return work(index)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


# Asking


def test_who_asks_twice_gets_the_one_that_is_being_made() -> None:
    patient = make_patient()
    first = make_export(patient.user, subject=patient, options={"since": 2020})
    again = make_export(patient.user, subject=patient)
    running = claimed(first)
    third = make_export(patient.user, subject=patient)

    assert first.pk == again.pk == running.pk == third.pk
    assert Export.objects.get().options == {"since": 2020}


def test_of_another_kind_person_or_owner_it_is_another_one() -> None:
    patient, other = make_patient(), make_patient()
    asked = [
        make_export(patient.user),
        make_export(patient.user, subject=patient),
        make_export(patient.user, subject=other),
        make_export(patient.user, kind="watched"),
        make_export(other.user, subject=patient),
    ]

    assert len({export.pk for export in asked}) == 5


def test_a_crowd_that_asks_at_once_gets_one_and_the_same() -> None:
    """Without a subject as well: nulls count as the same."""
    user = make_patient().user

    found = together(lambda _: make_export(User.objects.get(pk=user.pk)).pk, 6)

    assert len(set(found)) == 1
    assert Export.objects.count() == 1


def test_control_without_the_index_a_crowd_gets_one_each() -> None:
    user = make_patient().user
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'export_one_open'")
        [definition] = cursor.fetchone()
        cursor.execute("DROP INDEX export_one_open")
    try:
        together(lambda _: make_export(User.objects.get(pk=user.pk)), 6)

        assert Export.objects.count() == 6
    finally:
        Export.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(definition)


def test_who_has_no_right_asks_for_nothing() -> None:
    QUICK.refused = True

    with pytest.raises(services.ExportNotFound):
        make_export(make_patient().user)
    with pytest.raises(UnknownKind):
        make_export(make_patient().user, kind="nothing")
    assert Export.objects.count() == 0


# Making


def test_a_file_is_made_in_no_transaction_and_its_owner_is_told_with_it() -> None:
    patient = make_patient()
    seen: list[bool] = []
    WatchedKind.does = staticmethod(lambda progress: seen.append(connection.in_atomic_block))

    export = make_ready(patient.user, kind="watched", now=NOW)

    assert seen == [False]
    assert (export.status, export.expires_at) == (ExportStatus.READY, NOW + timedelta(hours=72))
    assert (export.file_name, export.size) == ("test file ä.pdf", len(CONTENT))
    assert export.file.in_clear == CONTENT
    message = OutgoingMessage.objects.get(action="EXPORT_READY")
    assert message.data["url"].endswith(f"/exports/{export.pk}/")
    assert "test file" not in str(message.data)


def test_without_the_mail_there_is_no_file_either() -> None:
    """Both or neither."""
    export = claimed(make_export(make_patient().user))
    OutgoingMessage.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION no_mail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;"
            "CREATE TRIGGER no_mail BEFORE INSERT ON integrations_outgoingmessage EXECUTE FUNCTION no_mail()"
        )
    try:
        assert not services.run(export)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION no_mail() CASCADE")

    assert ExportFile.objects.count() == OutgoingMessage.objects.count() == 0
    assert Export.objects.get().status == ExportStatus.QUEUED


def test_nobody_reads_the_file_in_the_database() -> None:
    export = make_ready(make_patient().user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM exports_exportfile WHERE export_id = %s", [export.pk])
        [kept] = cursor.fetchone()

    assert len(kept) > len(CONTENT)
    assert b"nobody else" not in kept.encode()
    assert "nobody else" in CONTENT.decode("latin-1")


def test_a_file_in_the_row_of_another_export_is_not_read() -> None:
    mine, theirs = make_ready(make_patient().user), make_ready(make_patient().user)
    ExportFile.objects.filter(export=mine).update(content=theirs.file.content)

    assert theirs.file.in_clear == CONTENT
    with pytest.raises(Unreadable):
        _ = Export.objects.get(pk=mine.pk).file.in_clear


def test_of_two_workers_at_once_one_makes_it() -> None:
    export = make_export(make_patient().user)

    found = together(lambda _: services.claim(export.pk, now=timezone.now()), 4)

    assert sum(one is not None for one in found) == 1
    assert Export.objects.get().attempts == 1


def test_a_lease_that_runs_out_is_taken_over_and_only_the_new_holder_finishes() -> None:
    old = claimed(make_export(make_patient().user, now=NOW), now=NOW)
    assert services.claim(old.pk, now=NOW + timedelta(seconds=119)) is None  # control: held
    new = claimed(old, now=NOW + timedelta(seconds=120))

    with pytest.raises(services.LeaseLost):
        services.finish(old, MADE, now=NOW)
    services.fail(old, error="ValueError", now=NOW)
    assert Export.objects.get().status == ExportStatus.RUNNING
    services.finish(new, MADE, now=NOW)

    assert Export.objects.get().status == ExportStatus.READY
    assert OutgoingMessage.objects.filter(action="EXPORT_READY").count() == 1


def test_who_lost_the_lease_in_the_middle_stops_and_says_nothing() -> None:
    export = make_export(make_patient().user, kind="watched", now=NOW)
    first = claimed(export, now=NOW)
    later = NOW + timedelta(minutes=3)

    def slow(progress: Progress) -> None:
        WatchedKind.does = staticmethod(lambda progress: None)
        assert services.run(claimed(export, now=later), now=lambda: later)
        progress(1, 2)
        raise AssertionError("a worker without a lease went on")

    WatchedKind.does = staticmethod(slow)

    assert not services.run(first, now=lambda: later)
    assert Export.objects.get().status == ExportStatus.READY
    assert Export.objects.get().failure == ""
    assert ExportFile.objects.count() == 1


def test_a_try_that_fails_is_made_again_five_times_at_most(caplog: Any) -> None:
    export, moment = make_export(make_patient().user, kind="broken", now=NOW), NOW
    for number in range(1, MOST_ATTEMPTS + 1):
        assert not services.run(claimed(export, now=moment), now=lambda: moment)  # noqa: B023
        row = Export.objects.get()
        assert row.attempts == number
        assert row.failure == "ValueError"
        moment = row.due_at
    assert row.status == ExportStatus.FAILED
    assert len(BROKEN.made) == MOST_ATTEMPTS
    assert services.claim(export.pk, now=NOW + timedelta(days=9)) is None
    assert "ValueError" in caplog.text
    assert "secret of Pat" not in caplog.text


def test_a_file_that_kills_its_workers_is_given_up_too() -> None:
    export, moment = make_export(make_patient().user, now=NOW), NOW
    for _ in range(MOST_ATTEMPTS):
        claimed(export, now=moment)
        moment += timedelta(hours=1)

    assert services.claim(export.pk, now=moment) is None
    assert (Export.objects.get().status, Export.objects.get().failure) == (ExportStatus.FAILED, "WorkerDied")


def test_who_has_lost_the_right_by_then_gets_no_file() -> None:
    export = claimed(make_export(make_patient().user))
    QUICK.refused = True

    assert not services.run(export)
    assert QUICK.made == []
    assert Export.objects.get().status == ExportStatus.FAILED


def test_progress_is_written_once_a_second_and_renews_the_lease() -> None:
    moment = [NOW]
    writes: list[list[str]] = []

    def work(progress: Progress) -> None:
        for step in range(101):
            moment[0] = NOW + timedelta(milliseconds=50 * step)
            with watching_statements() as statements:
                progress(step, 100)
            writes.append([one for one in statements if one.startswith("UPDATE")])

    WatchedKind.does = staticmethod(work)
    export = claimed(make_export(make_patient().user, kind="watched", now=NOW), now=NOW)
    assert services.run(export, now=lambda: moment[0])

    written = [number for number, statements in enumerate(writes) if statements]
    assert written == [0, 20, 40, 60, 80, 100]  # five seconds


def test_progress_says_how_far_it_has_got_and_holds_the_lease() -> None:
    export = claimed(make_export(make_patient().user, now=NOW), now=NOW)
    progress = services.LeaseProgress(export, now=lambda: NOW + timedelta(seconds=100))

    progress(3, 10)

    row = Export.objects.get()
    assert (row.done, row.total, row.leased_until) == (3, 10, NOW + timedelta(seconds=220))
    assert services.claim(export.pk, now=NOW + timedelta(seconds=150)) is None


def test_progress_of_an_erased_export_stops_its_maker() -> None:
    export = claimed(make_export(make_patient().user, now=NOW))
    Export.objects.all().delete()

    with pytest.raises(services.LeaseLost):
        services.LeaseProgress(export)(1, 2)


# Ending


def test_after_three_days_the_file_goes_and_after_ninety_the_row() -> None:
    patient = make_patient()
    make_ready(patient.user, now=NOW)

    assert services.expire(now=NOW + timedelta(hours=71)) == 0
    assert ExportFile.objects.count() == 1
    assert services.expire(now=NOW + timedelta(hours=72)) == 1
    assert ExportFile.objects.count() == 0
    assert Export.objects.get().status == ExportStatus.EXPIRED
    assert services.purge(now=NOW + timedelta(days=89)) == 0
    assert services.purge(now=NOW + timedelta(days=90)) == 1
    assert Export.objects.count() == 0


def test_an_erasure_takes_what_was_asked_for_and_what_was_about_them() -> None:
    erased, other = make_patient(), make_patient()
    make_ready(erased.user)
    make_ready(other.user, subject=erased)
    kept = make_ready(other.user)

    services.erase_exports(owners={erased.user.pk}, subjects={erased.pk})

    assert list(Export.objects.all()) == [kept]
    assert [file.export_id for file in ExportFile.objects.all()] == [kept.pk]


# The trail, and the states


def test_the_trail_tells_of_the_asking_and_the_end_and_not_of_the_steps() -> None:
    make_ready(make_patient().user, now=NOW)
    services.expire(now=NOW + timedelta(days=4))

    entries = Entry.objects.filter(model="exports.export").order_by("pgh_id")
    told = [(entry.pgh_label, (entry.after or {}).get("status")) for entry in entries]
    assert told == [("insert", "QUEUED"), ("update", "READY"), ("update", "EXPIRED")]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "LOST"},
        {"status": "RUNNING"},
        {"status": "READY", "finished_at": NOW},
        {"status": "FAILED"},
        {"lease": "0b0c8f6e-9b1d-4c57-8d33-9a1f3f0f6a10"},
        {"done": 2, "total": 1},
        {"attempts": 6},
        {"finished_at": NOW},
    ],
)
def test_the_database_takes_no_state_that_makes_no_sense(changes: dict[str, Any]) -> None:
    make_export(make_patient().user)

    with pytest.raises(IntegrityError):
        Export.objects.update(**changes)


def test_a_lock_is_not_waited_for() -> None:
    """Whoever finds an export in other hands goes on to the next."""
    export, is_held, may_end = make_export(make_patient().user, now=NOW), Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            assert locks.due(export.pk, NOW)
            is_held.set()
            may_end.wait(30)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert is_held.wait(30)
        try:
            assert services.claim(export.pk, now=NOW) is None
        finally:
            may_end.set()
        holding.result(30)
