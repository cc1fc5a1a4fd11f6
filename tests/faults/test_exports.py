"""A worker that is killed in the middle of making a file: the next one begins again, and finishes once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clinical.tests.many import many_records
from core import clock
from doctors.tests.factories import make_doctor
from exports.choices import ExportStatus
from exports.models import Export, ExportFile, ExportQuerySet
from exports.tests.factories import make_export
from exports.tests.kinds import CONTENT
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient
from tests.faults.support.processes import wait_until
from tests.faults.support.worker import running

pytestmark = pytest.mark.django_db(transaction=True)
SETTINGS = "tests.faults.support.export_settings"


def test_a_file_whose_worker_was_killed_is_begun_again_after_the_lease_and_finished_once(
    folders: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EXPORT_KINDS = {"slow": "exports.tests.kinds.SLOW"}
    monkeypatch.setenv("TEST_EXPORT_KIND", "exports.tests.kinds.SLOW")
    export = make_export(make_patient().user, kind="slow")
    with running(tmp_path, name="first", settings_module=SETTINGS) as worker:
        wait_until(lambda: Export.objects.get().done == 1, what="the worker is in the middle of it")
        worker.kill()
    left = Export.objects.get()
    assert (left.status, ExportFile.objects.count()) == (ExportStatus.RUNNING, 0)
    assert left.leased_until is not None

    monkeypatch.setenv("TEST_EXPORT_KIND", "exports.tests.kinds.QUICK")
    with running(tmp_path, name="second", settings_module=SETTINGS):
        wait_until(lambda: not ExportQuerySet(Export).open().exists(), what="the next worker has made it")

    done = Export.objects.get()
    assert (done.pk, done.status, done.file.in_clear) == (export.pk, ExportStatus.READY, CONTENT)
    assert done.attempts > left.attempts
    assert done.started_at is not None
    assert left.leased_until <= done.started_at <= clock.now()  # nobody took it from a living worker
    assert OutgoingMessage.objects.filter(action="EXPORT_READY").count() == 1


def test_five_thousand_visits_are_exported_while_workers_are_killed_twice(
    folders: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EXPORT_KINDS = {"slow": "clinical.tests.kinds.UNHURRIED"}
    monkeypatch.setenv("TEST_EXPORT_KIND", "clinical.tests.kinds.UNHURRIED")
    patient = make_patient()
    many_records(make_doctor(), patient, 5_000)
    make_export(patient.user, kind="slow", subject=patient)

    for name in ("first", "second"):
        before = Export.objects.get().attempts
        with running(tmp_path, name=name, settings_module=SETTINGS) as worker:
            wait_until(lambda: _is_half_way(before), what="the worker is in the middle of it")  # noqa: B023
            worker.kill()
        assert not ExportFile.objects.exists()
    with running(tmp_path, name="third", settings_module=SETTINGS):
        wait_until(lambda: not ExportQuerySet(Export).open().exists(), what="the next worker has made it")

    done = Export.objects.get()
    assert (done.status, done.done, done.total) == (ExportStatus.READY, 5_000, 5_000)
    assert done.attempts >= 3
    assert done.file.in_clear.decode("utf-8-sig").count("Amoxicillin") == 5_000
    assert OutgoingMessage.objects.filter(action="EXPORT_READY").count() == 1


def _is_half_way(attempts: int) -> bool:
    export = Export.objects.get()
    return export.attempts > attempts and 0 < export.done < export.total == 5_000
