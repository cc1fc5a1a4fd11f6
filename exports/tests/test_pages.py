"""One's own files: asked for, watched, downloaded; nobody else's (F4, A7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import sign_in
from audit.choices import Kind
from audit.models import Entry
from exports import services
from exports.choices import ExportStatus
from exports.kinds import Progress
from exports.models import Export, ExportFile
from exports.tests.factories import make_export, make_ready
from exports.tests.kinds import CONTENT, QUICK, QuickKind, WatchedKind
from patients.tests.factories import make_patient
from tests.statements import watching_statements

pytestmark = pytest.mark.django_db(transaction=True)
EXPORTS = reverse("exports:exports")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, name: str, export: Export) -> Any:
    return client.get(reverse(f"exports:{name}", args=[export.pk]))


def test_the_list_shows_ones_own_newest_first_and_costs_the_same_for_many() -> None:
    patient, other = make_patient(), make_patient()
    make_ready(patient.user)
    client = browser(patient.user)
    client.get(EXPORTS)
    with watching_statements() as few:
        assert client.get(EXPORTS).content.decode().count("<h2>") == 1
    for _ in range(19):
        make_ready(patient.user, subject=other)
    make_ready(other.user)
    with watching_statements() as many:
        content = client.get(EXPORTS).content.decode()

    assert content.count("<h2>") == 20
    assert len(many) == len(few)
    assert not [one for one in many if "exports_exportfile" in one]


def test_an_empty_list_says_so() -> None:
    assert "You haven’t asked for any files" in browser(make_patient().user).get(EXPORTS).content.decode()


def test_a_page_that_is_open_comes_up_to_date_with_javascript_and_without() -> None:
    export = make_export(make_patient().user)
    content = page(browser(export.owner), "export", export).content.decode()

    assert 'data-hx-trigger="every 3s"' in content
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in content
    assert "Check again" in content
    assert '<progress id="how-far"' in content
    assert "Download (" not in content


def test_it_says_how_far_it_has_got() -> None:
    export = make_export(make_patient().user, kind="watched")
    seen: list[str] = []

    def look(progress: Progress) -> None:
        progress(30, 120)
        seen.append(page(browser(export.owner), "export", export).content.decode())

    WatchedKind.does = staticmethod(look)
    running = services.claim(export.pk, now=timezone.now())
    assert running is not None
    assert services.run(running)

    assert "25% done" in seen[0]
    assert 'value="30" max="120"' in seen[0]


def test_a_page_that_is_settled_stays_as_it_is() -> None:
    export = make_ready(make_patient().user)
    content = page(browser(export.owner), "export", export).content.decode()

    assert "Download (" in content
    assert "http-equiv" not in content
    assert "every 3s" not in content


def test_the_owner_downloads_it_and_nothing_keeps_it_on_the_way() -> None:
    export = make_ready(make_patient().user)
    answer = page(browser(export.owner), "download", export)

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''test%20file%20%C3%A4.pdf"
    assert Entry.objects.get(pgh_label=Kind.EXPORTED).details == {"kind": "quick", "bytes": len(CONTENT)}


def test_what_its_kind_writes_of_a_download_is_written_with_it_or_nothing_leaves(monkeypatch: Any) -> None:
    export = make_ready(make_patient().user)
    client = browser(export.owner)
    client.raise_request_exception = False
    page(client, "download", export)
    assert [one.pk for one in QUICK.read] == [export.pk]
    written = Entry.objects.count()

    def refuse(*_: object) -> None:
        raise ValueError("the read row could not be written")

    monkeypatch.setattr(QuickKind, "log_read", refuse)
    answer = page(client, "download", export)

    assert answer.status_code == 500
    assert CONTENT not in answer.content
    assert Entry.objects.count() == written


def test_to_others_it_is_not_there() -> None:
    export = make_ready(make_patient().user)
    stranger = browser(make_patient().user)

    for name in ("export", "download"):
        assert page(stranger, name, export).status_code == 404
        assert page(browser(export.owner), name, export).status_code == 200  # control
    assert stranger.post(reverse("exports:again", args=[export.pk])).status_code == 404
    assert stranger.get(reverse("exports:export", args=[uuid4()])).status_code == 404
    assert Export.objects.count() == 1


def test_who_is_signed_out_goes_to_sign_in() -> None:
    export = make_ready(make_patient().user)

    for name in ("export", "download"):
        answer = page(Client(), name, export)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, reverse("account_login"))


def test_a_right_lost_since_then_is_a_file_lost() -> None:
    export = make_ready(make_patient().user)
    assert page(browser(export.owner), "download", export).status_code == 200  # control
    QUICK.refused = True

    answer = page(browser(export.owner), "download", export)

    assert answer.status_code == 404
    assert CONTENT not in answer.content
    assert browser(export.owner).post(reverse("exports:again", args=[export.pk])).status_code == 404


@pytest.mark.parametrize("status", ["READY", "QUEUED"])
def test_who_lost_the_right_reads_neither_a_name_nor_a_way_to_the_file(status: str) -> None:
    owner, subject = make_patient().user, make_patient(full_name="Zed Subject")
    make = make_ready if status == "READY" else make_export
    export = make(owner, subject=subject)
    client = browser(owner)
    assert "About Zed Subject" in page(client, "export", export).content.decode()  # control
    assert "About Zed Subject" in client.get(EXPORTS).content.decode()
    QUICK.refused = True

    answer, listed = page(client, "export", export), client.get(EXPORTS).content.decode()

    content = answer.content.decode()
    assert answer.status_code == 200
    assert "You don’t have access to this file any more" in content
    assert "No longer available" in listed
    for absent in ("Zed Subject", "Download (", "Make it again", "every 3s", "http-equiv"):
        assert absent not in content
    assert "Zed Subject" not in listed


def test_a_file_with_something_in_it_that_is_theirs_no_more_is_made_again() -> None:
    export = make_ready(make_patient().user)
    client = browser(export.owner)
    assert page(client, "download", export).status_code == 200  # control
    QUICK.outdated = True

    answer = page(client, "download", export)

    content = page(client, "export", export).content.decode()
    assert answer.status_code == 410
    assert CONTENT not in answer.content
    assert "This file is out of date." in content
    assert "Make it again" in content
    assert "Download (" not in content
    assert client.post(reverse("exports:again", args=[export.pk])).status_code == 302
    assert Export.objects.count() == 2


def test_asking_for_the_headers_alone_is_no_download_and_leaves_no_row() -> None:
    export = make_ready(make_patient().user)
    answer = browser(export.owner).head(reverse("exports:download", args=[export.pk]))

    assert (answer.status_code, answer["Allow"]) == (405, "GET")
    assert not Entry.objects.filter(pgh_label=Kind.EXPORTED).exists()
    assert QUICK.read == []


def test_an_account_that_was_closed_since_then_downloads_nothing() -> None:
    export = make_ready(make_patient().user)
    client = browser(export.owner)
    User.objects.filter(pk=export.owner_id).update(is_active=False)

    assert page(client, "download", export).status_code in {302, 404}


def test_a_kind_that_asks_who_it_is_gives_nothing_before(monkeypatch: Any) -> None:
    export = make_ready(make_patient().user)
    monkeypatch.setattr(QuickKind, "asks_who_it_is", True)
    client = Client()
    sign_in(client, export.owner, ago=3600)

    answer = page(client, "download", export)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, reverse("account_reauthenticate"))
    assert Entry.objects.filter(pgh_label=Kind.EXPORTED).count() == 0
    sign_in(client, export.owner)
    assert page(client, "download", export).content == CONTENT


def test_before_it_is_ready_the_download_leads_back_to_the_page() -> None:
    export = make_export(make_patient().user)
    answer = page(browser(export.owner), "download", export)

    assert (answer.status_code, answer["Location"]) == (302, reverse("exports:export", args=[export.pk]))


@pytest.mark.parametrize("swept", [False, True])
def test_what_has_expired_is_gone_and_can_be_made_again(swept: bool) -> None:
    """By the clock, whether or not the night was here."""
    export = make_ready(make_patient().user, now=timezone.now() - timedelta(hours=73))
    if swept:
        services.expire(now=timezone.now())
    client = browser(export.owner)

    answer = page(client, "download", export)
    assert answer.status_code == 410
    assert "Make it again" in answer.content.decode()
    assert CONTENT not in answer.content
    answer = client.post(reverse("exports:again", args=[export.pk]))

    new = Export.objects.exclude(pk=export.pk).get()
    assert answer["Location"] == reverse("exports:export", args=[new.pk])
    assert (new.status, new.kind) == (ExportStatus.QUEUED, export.kind)


def test_what_no_key_opens_any_more_is_gone_as_well() -> None:
    export = make_ready(make_patient().user)
    ExportFile.objects.update(content="gAAAAA")

    assert page(browser(export.owner), "download", export).status_code == 410


def test_what_failed_says_so_in_plain_words_and_nothing_of_the_inside() -> None:
    export = make_export(make_patient().user, kind="broken")
    Export.objects.update(status=ExportStatus.FAILED, finished_at=timezone.now(), failure="ValueError")
    content = page(browser(export.owner), "export", export).content.decode()

    assert "we couldn’t prepare this file" in content
    assert "Make it again" in content
    assert "ValueError" not in content
    assert page(browser(export.owner), "download", export).status_code == 410


def test_a_kind_that_is_no_more_is_still_listed(settings: Any) -> None:
    export = make_ready(make_patient().user)
    settings.EXPORT_KINDS = {}
    client = browser(export.owner)

    assert page(client, "export", export).status_code == 200
    assert page(client, "download", export).status_code == 404
    assert client.post(reverse("exports:again", args=[export.pk])).status_code == 404
