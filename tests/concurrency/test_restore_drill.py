"""A backup taken while people book: what is restored is one moment of the hospital, whole, with its rules alive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Any

import psycopg2
import pytest
from django.db import connection, connections

from bookings.rules import PatientRef
from bookings.services.book import SlotTaken, book
from core import clock
from core.backup import contents
from core.backup import services as backups
from core.backup.errors import BackupError
from core.backup.programs import Programs
from core.backup.restore import restore
from doctors.models import Slot
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from tests.backup.site import MARK, Site, site
from tests.concurrency.support.invariants import broken

__all__ = ["site"]
COPY = f"{MARK}copy"
CLERKS = 4
BEFORE, DURING, AFTER = 10, 20, 10
PATIENCE = 120


class Rush:
    """Clerks who book as many times as they are let, each in a connection of their own."""

    def __init__(self) -> None:
        doctor = make_doctor()
        start = (clock.now() + timedelta(days=1)).replace(second=0, microsecond=0)
        times = [start + number * timedelta(minutes=30) for number in range(BEFORE + DURING + AFTER)]
        slots = [make_slot(doctor, starts_at=time) for time in times]
        patients = [make_patient() for _ in range(len(slots) // 2)]
        self._work = iter([(slot, patients[number % len(patients)]) for number, slot in enumerate(slots)])
        self._may = Semaphore(0)
        self.booked: SimpleQueue[Any] = SimpleQueue()
        self.clerks = [Thread(target=self._book, daemon=True) for _ in range(CLERKS)]
        for clerk in self.clerks:
            clerk.start()

    def let(self, number: int) -> list[str]:
        """Let them book so many more; the references, once all are acknowledged."""
        for _ in range(number):
            self._may.release()
        return [self._acknowledged() for _ in range(number)]

    def end(self) -> None:
        self._work = iter(())
        for _ in self.clerks:
            self._may.release()
        for clerk in self.clerks:
            clerk.join(PATIENCE)

    def _acknowledged(self) -> str:
        answer = self.booked.get(timeout=PATIENCE)
        assert isinstance(answer, str), answer
        return answer

    def _book(self) -> None:
        try:
            while self._may.acquire(timeout=PATIENCE) and (work := next(self._work, None)):
                slot, patient = work
                booking = book(slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=patient.user, now=clock.now())
                self.booked.put(booking.reference)
        except BaseException as error:  # the test judges it
            self.booked.put(error)
        finally:
            connections["default"].close()


@pytest.fixture
def rush(transactional_db: None) -> Iterator[Rush]:
    rush = Rush()
    yield rush
    rush.end()


@pytest.fixture
def copy(site: Callable[[], Site]) -> Iterator[str]:
    """The name of the database the drill restores into; gone afterwards."""
    Site().drop()
    own = connection.settings_dict["NAME"]
    yield COPY
    connection.close()
    connection.settings_dict["NAME"] = own
    Site().drop()


def back_up_under_load(rush: Rush, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, set[str], set[str]]:
    """The backup, who was booked before it began, and who after its snapshot was taken, while it was made."""
    before = set(rush.let(BEFORE))
    during: set[str] = set()
    tables = contents.tables

    def book_and_count(*given: Any, **options: Any) -> Any:
        during.update(rush.let(DURING))
        return tables(*given, **options)

    monkeypatch.setattr(contents, "tables", book_and_count)
    made, _ = backups.back_up(folder, now=clock.now())
    monkeypatch.setattr(contents, "tables", tables)
    return made, before, during


def test_a_backup_under_load_is_one_moment_and_comes_back_with_its_rules(
    rush: Rush, copy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, before, during = back_up_under_load(rush, tmp_path, monkeypatch)
    after = set(rush.let(AFTER))

    done = restore(made, now=clock.now(), into=copy)

    restored = {reference for (reference,) in Site().rows("SELECT reference FROM bookings_booking", copy)}
    assert restored == before
    assert len(before | during | after) == BEFORE + DURING + AFTER
    assert done.manifest.tables["public.bookings_booking"][0] == BEFORE
    connection.close()
    connection.settings_dict["NAME"] = copy
    assert broken() == {}
    _the_rules_live()


def _the_rules_live() -> None:
    """Of the database Django leads to."""
    slot = Slot.objects.filter(state="BOOKED").first()
    rival = PatientProfile.objects.exclude(bookings__slot=slot).first()
    with pytest.raises(SlotTaken):
        book(slot_id=slot.pk, patient_ref=PatientRef.of(rival), by=rival.user, now=clock.now())
    columns = ", ".join(
        name
        for (name,) in Site().rows(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'bookings_booking' "
            "AND column_name NOT IN ('id', 'uid', 'reference', 'calendar_uid', 'idempotency_key', 'patient_id')",
            COPY,
        )
    )
    twice = f"""INSERT INTO bookings_booking (uid, reference, calendar_uid, patient_id, {columns})
        SELECT gen_random_uuid(), 'AAAA-AAAA', gen_random_uuid(), {rival.pk}, {columns} FROM bookings_booking
        WHERE slot_id = '{slot.pk}'"""
    with pytest.raises(psycopg2.errors.UniqueViolation, match="booking_slot_once"):
        Site().rows(twice, COPY)
    with pytest.raises(psycopg2.Error, match=r"history|pgtrigger|change"):
        Site().rows("UPDATE bookings_bookingstatuschange SET to_status = 'CANCELLED'", COPY)


def test_control_a_dump_of_another_moment_is_found_out(
    rush: Rush, copy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the common snapshot the dump has who was booked after the counting began."""
    start = Programs.start

    def start_without_snapshot(self: Programs, program: str, *arguments: str, **options: Any) -> Any:
        rush.let(1)
        kept = [argument for argument in arguments if not argument.startswith("--snapshot")]
        return start(self, program, *kept, **options)

    monkeypatch.setattr(Programs, "start", start_without_snapshot)
    made, _, _ = back_up_under_load(rush, tmp_path, monkeypatch)
    monkeypatch.setattr(Programs, "start", start)

    with pytest.raises(BackupError, match=r"is not what was backed up: .*bookings_booking"):
        restore(made, now=clock.now(), into=copy)
    assert Site().databases() == set()
