"""Who may do what in the admin: every model, every page, every action, every kind of staff (H1, A7)."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.models import User
from accounts.permissions import MODEL_RIGHTS, STAFF_TABLE, Can
from accounts.staff.rights import give_rights
from accounts.tests.factories import StaffFactory, make_staff
from patients.tests.factories import make_patient
from tests.architecture.world import watching_writes
from tests.staff_room.records import first_of, make_records

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

DESK, MANAGER, ADMINISTRATOR = StaffRole.RECEPTION, StaffRole.MANAGER, StaffRole.ADMINISTRATOR
STEPS = "confirm check_in complete mark_no_show cancel"
LOOK, FILE = "list view", "list view export_csv"
# Pages: list, view (one's own page), change (its form saves), add, delete. Then the actions. Nothing: refused.
EXPECTED: dict[str, dict[StaffRole, str]] = {
    "accounts.User": {ADMINISTRATOR: f"{FILE} add change activate deactivate"},
    "audit.Entry": {ADMINISTRATOR: "list view"},
    "billing.Invoice": {
        DESK: f"{LOOK} issue_drafts mark_paid",
        MANAGER: FILE,
        ADMINISTRATOR: f"{FILE} issue_drafts mark_paid",
    },
    "billing.Payment": {DESK: LOOK, MANAGER: FILE, ADMINISTRATOR: FILE},
    "billing.CreditNote": {DESK: LOOK, MANAGER: FILE, ADMINISTRATOR: FILE},
    "billing.Refund": {DESK: LOOK, MANAGER: FILE, ADMINISTRATOR: FILE},
    "billing.DoctorFees": {MANAGER: f"{FILE} add change", ADMINISTRATOR: f"{FILE} add change"},
    "bookings.Booking": {DESK: f"{LOOK} add {STEPS}", MANAGER: FILE, ADMINISTRATOR: f"{FILE} add {STEPS}"},
    "bookings.BookingStatusChange": {DESK: LOOK, MANAGER: FILE, ADMINISTRATOR: FILE},
    "bookings.WaitingEntry": {DESK: LOOK, MANAGER: FILE, ADMINISTRATOR: FILE},
    "bookings.Hold": {DESK: LOOK, MANAGER: FILE, ADMINISTRATOR: FILE},
    "bookings.Review": {MANAGER: f"{FILE} hide show_again", ADMINISTRATOR: f"{FILE} hide show_again"},
    "bookings.CalendarFeed": {ADMINISTRATOR: LOOK},
    "clinical.EmergencyAccess": {ADMINISTRATOR: f"{FILE} mark_checked"},
    "doctors.Department": {
        DESK: LOOK,
        MANAGER: f"{FILE} add change delete",
        ADMINISTRATOR: f"{FILE} add change delete",
    },
    "doctors.DoctorProfile": {
        DESK: LOOK,
        MANAGER: f"{FILE} add change approve",
        ADMINISTRATOR: f"{FILE} add change approve",
    },
    "doctors.Slot": {
        DESK: LOOK,
        MANAGER: f"{FILE} add change delete take_out",
        ADMINISTRATOR: f"{FILE} add change delete take_out",
    },
    "doctors.WeeklyHours": {MANAGER: FILE, ADMINISTRATOR: FILE},
    "doctors.TimeOff": {
        DESK: f"{LOOK} add delete",
        MANAGER: f"{FILE} add delete",
        ADMINISTRATOR: f"{FILE} add delete",
    },
    "doctors.Closure": {DESK: LOOK, MANAGER: f"{LOOK} add delete", ADMINISTRATOR: f"{LOOK} add delete"},
    "integrations.OutgoingMessage": {ADMINISTRATOR: f"{FILE} send_again"},
    "integrations.GoogleConnection": {ADMINISTRATOR: LOOK},
    "patients.PatientProfile": {DESK: f"{LOOK} add change", ADMINISTRATOR: f"{FILE} add change"},
}
# Models of ours without a list of their own, and why.
NOT_LISTED = {
    "accounts.Session": "a person's own sessions are on their security page, and on nobody else's",
    "accounts.Invitation": "a part of the account, shown on its page",
    "audit.Suppressed": "counted only until its sum is written into the trail",
    "billing.BillingDecision": "what the job goes by; what came of it is the invoice",
    "billing.BillingSeries": "the last number given, which stands on the last invoice",
    "billing.CreditLine": "a part of the credit note",
    "billing.InvoiceLine": "a part of the invoice, shown on its page",
    "billing.TaxTotal": "the same",
    "bookings.Departure": "a part of a doctor's leaving, on the page that decides it",
    "clinical.RecordAnswer": "what the nightly comparison goes by; who read what is in the trail",
    "clinical.RecordDraft": "its author's alone until it is signed",
    "clinical.TreatmentRecord": "what doctors write is read by the patient and their doctors, and by no staff (F2)",
    "clinical.TreatmentRecordVersion": "the same",
    "exports.Export": "a person's own files are on their page, and on nobody else's",
    "exports.ExportFile": "the same: staff read no file that another asked for",
    "integrations.ChannelState": "whether a channel is behind stands on the staff page",
    "integrations.JobRun": "whether a job is behind stands on the staff page",
    "reports.MonthlyReport": "a doctor's own months are on their pages; what a doctor earns is nobody else's to read",
    "privacy.Erasure": "on the page of the person's data, for those who may handle it",
}
ROLES = [*StaffRole]


def ours() -> dict[str, type[Model]]:
    return {
        model._meta.label: model
        for model in apps.get_models()
        if not model._meta.proxy and apps.get_app_config(model._meta.app_label).path.startswith(str(_root()))
    }


def _root() -> Any:
    from django.conf import settings  # noqa: PLC0415

    return settings.BASE_DIR


def in_our_tree(model: type[Model]) -> bool:
    return "site-packages" not in apps.get_app_config(model._meta.app_label).path


REGISTERED = {model._meta.label: page for model, page in admin.site._registry.items()}


def test_every_model_of_ours_has_its_list_or_a_reason_to_have_none() -> None:
    domain = {label for label, model in ours().items() if in_our_tree(model)}

    assert len(domain) > 15
    assert domain - set(REGISTERED) == set(NOT_LISTED)


def test_the_table_has_a_row_for_every_list() -> None:
    assert set(EXPECTED) == set(REGISTERED)


def test_the_table_names_every_action_there_is() -> None:
    """As a superuser has them: a new action without a row in the table fails here."""
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True, role="STAFF")
    for label, model_admin in REGISTERED.items():
        named = set(EXPECTED[label][ADMINISTRATOR].split())
        assert set(model_admin.get_actions(request)) <= named, label


def addresses(model: type[Model]) -> dict[str, str]:
    prefix, key = f"admin:{model._meta.app_label}_{model._meta.model_name}", first_of(model).pk
    one = {page: reverse(f"{prefix}_{page}", args=[key]) for page in ("change", "delete")}
    return {"list": reverse(f"{prefix}_changelist"), "add": reverse(f"{prefix}_add"), **one}


def found(client: Client, model: type[Model], user: User) -> set[str]:
    """What somebody is let do, as pages answer."""
    pages = {name: client.get(path) for name, path in addresses(model).items()}
    said = {name for name, page in pages.items() if page.status_code == 200 and name in {"list", "add"}}
    if pages["delete"].status_code in {200, 302} and _may_delete(model, user):
        said.add("delete")
    if pages["change"].status_code == 200:
        said |= {"view"} | ({"change"} if pages["change"].context["has_change_permission"] else set())
    if "list" in said and pages["list"].context["cl"].show_admin_actions:
        form = pages["list"].context.get("action_form")
        said |= {name for name, _ in form.fields["action"].choices if name} if form else set()
    assert {page.status_code for page in pages.values()} <= {200, 302, 403}
    return said


def _may_delete(model: type[Model], user: User) -> bool:
    request = RequestFactory().get("/")
    request.user = user
    return bool(REGISTERED[model._meta.label].has_delete_permission(request))


def signed_in(kind: StaffRole) -> tuple[Client, User]:
    from accounts.tests.browser import signs_in  # noqa: PLC0415

    user = make_staff(kind)
    return signs_in(user.username), user


@pytest.mark.parametrize("kind", ROLES)
def test_each_kind_of_staff_may_do_exactly_what_the_table_says(kind: StaffRole) -> None:
    make_records()
    client, user = signed_in(kind)

    may = {label: found(client, page.model, user) for label, page in REGISTERED.items()}

    assert may == {label: set(row.get(kind, "").split()) for label, row in EXPECTED.items()}


def test_staff_of_no_kind_see_nothing() -> None:
    make_records()
    client = Client()
    client.force_login(StaffFactory(is_superuser=False))

    answers = {client.get(addresses(page.model)["list"]).status_code for page in REGISTERED.values()}

    assert answers == {403}
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("kind", ROLES)
def test_an_action_that_is_not_offered_is_not_taken_either(kind: StaffRole) -> None:
    make_records()
    client, _ = signed_in(kind)
    with watching_writes() as writes:
        for label, row in EXPECTED.items():
            refused = set(row[ADMINISTRATOR].split()) - set(row.get(kind, "").split()) - {"list", "view"}
            path, key = addresses(REGISTERED[label].model)["list"], first_of(REGISTERED[label].model).pk
            for action in refused:
                client.post(path, {"action": action, "_selected_action": key, "sure": "1", "reason": "x"})
            if "export_csv" in refused:
                assert client.post(path, {"export_list": "yes"}).status_code == 403

    assert [item for item in writes if "accounts_session" not in item and "audit_entry" not in item] == []


def test_rights_of_staff_are_given_to_no_patient() -> None:
    pat = make_patient().user

    with pytest.raises(PermissionDenied):
        give_rights(user=pat, kinds=["MANAGER"], by=StaffFactory())
    assert not User.objects.get(pk=pat.pk).is_staff


# Rights that a page asks about by themselves; their tests stand with it.
ASKED_BY_A_PAGE = {"integrations.view_message_content"}
PAGES_OF = {"view": {"view"}, "add": {"add"}, "change": {"change"}, "delete": {"delete"}}


@pytest.mark.parametrize("can", MODEL_RIGHTS)
def test_every_right_in_the_table_opens_a_page_or_an_action(can: Can) -> None:
    """The other way round, that nobody gets further than their rights, is what the walks above show."""
    rights, kinds = sorted(MODEL_RIGHTS[can]), [kind for kind in StaffRole if can in STAFF_TABLE[kind]]
    assert len(rights) > 0
    assert len(kinds) > 0
    for right in rights:
        if right in ASKED_BY_A_PAGE:
            continue
        app, _, codename = right.partition(".")
        action, _, name = codename.partition("_")
        model = apps.get_model(app, name)
        opened = PAGES_OF[action] | (_actions_of(model) if action in {"change", "delete"} else set())
        for kind in kinds:
            assert opened & set(EXPECTED[model._meta.label].get(kind, "").split()), (right, kind)


def _actions_of(model: type[Model]) -> set[str]:
    return {getattr(action, "__name__", action) for action in admin.site.get_model_admin(model).actions or ()} - {
        "export_csv"
    }
