"""Staff see what could not be sent, and send it again (D3, H1)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import StaffFactory
from integrations.models import OutgoingMessage
from integrations.outbox import services
from integrations.tests.factories import make_message

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
LIST = "/admin/integrations/outgoingmessage/"


def failed(**facts: Any) -> OutgoingMessage:
    message = make_message(**facts)
    claimed = services.claim(now=timezone.now())
    assert claimed is not None
    services.mark_failed(claimed, reason="the e-mail function refused it for ever (400)", now=timezone.now())
    message.refresh_from_db()
    return message


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def clerk(*permissions: str) -> Client:
    user = StaffFactory(is_superuser=False)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return browser_of(user)


def test_a_message_that_failed_is_seen_with_its_error_and_sent_again() -> None:
    message, browser = failed(), browser_of(StaffFactory())
    assert "refused it for ever (400)" in browser.get(f"{LIST}?status__exact=FAILED").content.decode()
    told = browser.post(LIST, {"action": "send_again", "_selected_action": [message.pk]}, follow=True)
    assert "1 message queued again" in told.content.decode()
    message.refresh_from_db()
    assert message.status == "QUEUED"


def test_a_message_that_did_not_fail_is_not_sent_twice() -> None:
    message, browser = make_message(), browser_of(StaffFactory())
    told = browser.post(LIST, {"action": "send_again", "_selected_action": [message.pk]}, follow=True)
    assert "0 messages queued again. 1 refused" in told.content.decode()


def test_messages_about_somebodys_account_are_found_by_their_name() -> None:
    sam = StaffFactory(full_name="Sam Úlfur")
    theirs, _ = make_message(stream=f"account:{sam.pk}"), make_message(stream="account:999999")
    browser = browser_of(StaffFactory())

    found = {typed: list(browser.get(LIST, {"q": typed}).context["cl"].result_list) for typed in ("ulfur sam", "zz")}

    assert found == {"ulfur sam": [theirs], "zz": []}


def test_to_whom_it_goes_is_shown_only_to_those_who_may_read_it() -> None:
    message = failed(data={"to": {"email": "pat@example.org", "name": "Pat"}})
    page = f"{LIST}{message.pk}/change/"
    assert "pat@example.org" not in clerk("view_outgoingmessage").get(page).content.decode()
    reader = clerk("view_outgoingmessage", "view_message_content")
    assert "pat@example.org" in reader.get(page).content.decode()
    assert "pat@example.org" not in reader.get(LIST).content.decode()


def test_who_may_only_look_can_not_send() -> None:
    message, browser = failed(), clerk("view_outgoingmessage")
    browser.post(LIST, {"action": "send_again", "_selected_action": [message.pk]})
    message.refresh_from_db()
    assert message.status == "FAILED"


@pytest.mark.parametrize("action", ["PASSWORD_RESET", "EMAIL_VERIFICATION", "INVITATION"])
def test_a_one_time_link_is_shown_to_nobody(action: str) -> None:
    message = failed(action=action, data={"to": {"email": "pat@example.org"}, "url": "https://x/once", "code": "ABC"})
    page = browser_of(StaffFactory()).get(f"{LIST}{message.pk}/change/").content.decode()
    assert "pat@example.org" in page
    assert "https://x/once" not in page
    assert "ABC" not in page


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/"])
def test_messages_are_neither_made_nor_deleted_by_hand(path: str) -> None:
    message = failed()
    assert browser_of(StaffFactory()).post(LIST + path.format(pk=message.pk), {"post": "yes"}).status_code == 403
    assert OutgoingMessage.objects.count() == 1


def test_the_list_costs_the_same_with_one_and_with_twenty(django_assert_max_num_queries: Any) -> None:
    browser = browser_of(StaffFactory())
    make_message()
    with django_assert_max_num_queries(20) as one:
        assert _listed(browser) == 1
    for _ in range(19):
        make_message()
    with django_assert_max_num_queries(len(one.captured_queries)):
        assert _listed(browser) == 20


def _listed(browser: Client) -> int:
    """How many messages the page shows: a refused or an empty page costs little too."""
    page = browser.get(LIST)
    assert page.status_code == 200
    return len(page.context["cl"].result_list)


def test_sending_many_again_says_how_many_were_overtaken_and_not_sent() -> None:
    overtaken = [failed(stream=f"booking:{number}:patient", action="BOOKING_PENDING") for number in range(3)]
    for message in overtaken:
        failed(stream=message.stream, action="BOOKING_CANCELLED")
    rows = list(OutgoingMessage.objects.values_list("pk", flat=True))

    page = browser_of(StaffFactory()).post(LIST, {"action": "send_again", "_selected_action": rows}, follow=True)

    told = page.content.decode()
    assert page.status_code == 200
    assert "3 messages queued again" in told
    assert "3 were out of date or too late, so they weren’t sent and count as done." in told
    assert set(OutgoingMessage.objects.values_list("action", "status")) == {
        ("BOOKING_PENDING", "DROPPED"),
        ("BOOKING_CANCELLED", "QUEUED"),
    }


def test_staff_choose_a_kind_of_message_by_its_name() -> None:
    make_message(action="BOOKING_CONFIRMATION")
    make_message(action="TIMES_OFFERED")
    browser = browser_of(StaffFactory())

    page = browser.get(LIST).content.decode()
    chosen = browser.get(LIST, {"action": "TIMES_OFFERED"})

    assert "Other times offered</a>" in page
    assert "BOOKING_CONFIRMATION</a>" not in page
    assert [row.action for row in chosen.context["cl"].result_list] == ["TIMES_OFFERED"]
    own_page = browser.get(f"{LIST}{chosen.context['cl'].result_list[0].pk}/change/").content.decode()
    assert "Other times offered" in own_page
