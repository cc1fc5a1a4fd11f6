"""A file that takes a while, from asking to downloading (F4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from exports import services
from exports.models import Export
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_somebody_asks_waits_and_downloads(
    arrives: Arrives, now: datetime, settings: Any, width: int, javascript: bool
) -> None:
    settings.EXPORT_IN_BACKGROUND_FROM = 1
    patient = arrives(width=width, javascript=javascript).signs_in_as(make_patient(full_name="Pat Patient").user)

    # When they ask for their data, a page says that it's under way
    patient.goes_to("/accounts/data/").presses("Download my data").is_on("Personal data")
    patient.sees("It’ll start in a moment.").sees("We’ll e-mail you when the file is ready.")

    # And once a worker has made it, the page says so without anybody clicking
    claimed = services.claim(Export.objects.get().pk, now=now)
    assert claimed is not None
    assert services.run(claimed, now=lambda: now)
    patient.sees("Ready").looks_around()

    # Then it is downloaded, and stands in the list
    with patient.page.expect_download() as download:
        patient.page.get_by_role("link", name="Download (").click()
    assert download.value.suggested_filename == f"personal-data-{now:%Y-%m-%d}.zip"
    patient.follows("Your files").is_on("Your files")
    expect(patient.page.get_by_role("link", name="Personal data")).to_be_visible()
