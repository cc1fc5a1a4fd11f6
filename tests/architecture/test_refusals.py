"""Every refusal has a word for programmes and a status, and is answered in one way."""

from __future__ import annotations

import ast
from collections import Counter
from importlib import import_module

import pytest
from django.http import Http404, HttpResponse

from core.errors import Busy, DomainError
from core.web.refusal_pages import refused
from tests.architecture.source import ROOT, calls, python_files, tree_of

# What programmes were told stays true: a class that gets another name keeps its `code`.
CODES: dict[int, set[str]] = {
    403: {"not_yours", "only_superusers", "own_rights"},
    404: {
        "draft_gone",
        "emergency_access_off",
        "export_not_found",
        "no_receipt",
        "no_such_person",
        "not_the_author",
        "slot_gone",
    },
    409: {
        "account_changed",
        "account_closed",
        "account_is_closed",
        "account_not_closed",
        "already_accepted",
        "already_closed",
        "already_erased",
        "already_invoiced",
        "already_issued",
        "already_left",
        "already_moved",
        "already_reviewed",
        "already_waiting",
        "appointments_changed",
        "appointments_still_to_come",
        "calendar_answer_unknown",
        "calendar_not_allowed",
        "calendar_not_answered",
        "calendar_not_connected",
        "calendar_nothing_granted",
        "department_in_use",
        "doctor_busy_now",
        "doctor_has_left",
        "doctor_not_accepting",
        "draft_changed",
        "email_taken",
        "erased",
        "form_reused",
        "given_back_already",
        "has_coming_appointments",
        "has_own_way",
        "in_time_off",
        "invitation_gone",
        "invited_account_closed",
        "issuing_failed",
        "key_reused",
        "leaving_stays",
        "licence_taken",
        "limit_reached",
        "list_unreadable",
        "no_account",
        "no_confirmed_address",
        "no_eraser",
        "no_slots_to_offer",
        "nobody_to_wait_for",
        "not_invited",
        "not_issued",
        "not_possible",
        "not_resendable",
        "not_yet_a_visit",
        "not_yet_reviewable",
        "notice_too_short",
        "offer_gone",
        "outside_window",
        "overlaps_diary",
        "overtaken",
        "patient_busy",
        "patient_busy_by_now",
        "patient_is_here",
        "person_already_listed",
        "record_changed",
        "reference_used",
        "same_slot",
        "slot_has_passed",
        "slot_is_booked",
        "slot_is_held",
        "slot_passed",
        "slot_taken",
        "taken_back_already",
        "time_closed",
        "time_off_gone",
        "too_early",
        "too_late",
        "too_late_to_cancel",
        "too_late_to_move",
        "too_late_to_undo",
        "too_many_appointments",
        "too_many_people_cared_for",
        "transition_refused",
        "username_taken",
        "visit_taken_back",
        "weekly_hours_changed",
    },
    422: {
        "allergy_not_explained",
        "credit_too_large",
        "diagnosis_missing",
        "discount_too_large",
        "invalid_code",
        "invalid_follow_up",
        "invalid_hours",
        "invalid_last_day",
        "invalid_medications",
        "invalid_time_off",
        "invalid_times",
        "no_such_patient",
        "nobody_to_mail",
        "not_to_be_billed",
        "nothing_to_credit",
        "nothing_to_invoice",
        "overpayment",
        "person_not_chosen",
        "rate_not_allowed",
        "reason_missing",
        "reason_not_given",
        "reference_missing",
        "refund_too_large",
        "several_such_patients",
        "tax_number_missing",
    },
    429: {"sent_too_often", "too_many_emergency_tries"},
    503: {
        "busy",
        "invoice_busy",
        "record_busy",
    },
}


def _classes() -> list[type[DomainError]]:
    """Those of the product, in the order they were made."""
    for path in python_files(tests=False):
        if path.parts[0] not in {"bench", "tools"} and "DomainError" in (ROOT / path).read_text():
            import_module(".".join(path.with_suffix("").parts))
    found: list[type[DomainError]] = [DomainError]
    for known in found:  # grows while it is walked
        found.extend(cls for cls in known.__subclasses__() if "tests" not in cls.__module__.split("."))
    return found


def test_every_refusal_has_a_code_of_its_own_that_stays() -> None:
    seen = Counter(cls.code for cls in _classes())
    assert len(seen) > 50
    assert [code for code, times in seen.items() if times > 1] == []
    assert all(code == code.lower() and code.isidentifier() for code in seen)
    by_status: dict[int, set[str]] = {}
    for cls in _classes():
        by_status.setdefault(cls.status, set()).add(cls.code)
    assert by_status == CODES


def test_only_what_passes_invites_to_come_back() -> None:
    assert {cls.code for cls in _classes() if cls.retry_after is not None} == CODES[503]


class _ReadsLikeNone(DomainError):
    status = 404


def test_a_refusal_is_a_page_under_its_status() -> None:
    busy = refused(Busy(), HttpResponse)
    assert (busy.status_code, busy["Retry-After"]) == (503, "5")
    no = refused(DomainError(), HttpResponse)
    assert (no.status_code, no.has_header("Retry-After")) == (409, False)
    with pytest.raises(Http404):
        refused(_ReadsLikeNone(), HttpResponse)


def test_a_form_to_mend_is_an_ordinary_page_but_a_crowd_is_no_mistake_of_the_form() -> None:
    assert refused(DomainError(), HttpResponse, is_form_again=True).status_code == 200
    busy = refused(Busy(), HttpResponse, is_form_again=True)
    assert (busy.status_code, busy["Retry-After"]) == (503, "5")


def test_no_view_makes_up_the_status_of_a_refusal() -> None:
    """409 and 503 are said by errors, and turned into answers in one place."""
    views = [path for path in python_files(tests=False) if path.name.endswith("views.py")]
    assert len(views) > 25
    made_up = [
        f"{path}:{node.lineno}"
        for path in views
        if path.as_posix() != "core/web/error_views.py"
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Constant) and node.value in {409, 503, "Retry-After"})
    ]
    assert made_up == []


def test_a_form_that_says_a_refusal_is_answered_in_one_way() -> None:
    """`form_again` gives the page its status; a form that says it by itself while it is checked is `self`."""
    elsewhere = [
        f"{path}:{call.lineno}"
        for path in python_files(tests=False)
        for call, name in calls(tree_of(path))
        if name.endswith(".add_domain_error") and name != "self.add_domain_error"
    ]

    assert [place.partition(":")[0] for place in elsewhere] == ["core/web/refusal_pages.py"]
    again = [
        path.as_posix()
        for path in python_files(tests=False)
        for call, _ in calls(tree_of(path))
        if any(keyword.arg == "is_form_again" for keyword in call.keywords)
    ]
    assert again == ["core/web/refusal_pages.py"]
