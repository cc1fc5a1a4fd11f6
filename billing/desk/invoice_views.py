"""One invoice at the desk, and the money of it: taken, credited, given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Can, may, requires
from accounts.requests import SignedInRequest
from billing.desk.invoice_page import invoice_page
from billing.desk.payment_forms import (
    CreditForm,
    MailAgainForm,
    MethodForm,
    PaymentForm,
    RefundForm,
    TakeBackForm,
    only_method,
)
from billing.desk.shortcuts import desk_invoice
from billing.desk.step_page import (
    MoneyStepPage,
    credit_step,
    mark_paid_step,
    payment_step,
    refund_step,
    take_back_refund_step,
    take_back_step,
)
from billing.errors import NotIssued, RefundTooLarge, TakenBackAlready
from billing.links import desk_url
from billing.models import Invoice, Payment, Refund
from billing.selectors import credit_note_by_number, lines_left, parts_of, payment_by_key, read_balance, refund_by_key
from billing.services.credits import credit, refund, take_back_refund
from billing.services.mailing import mail_again
from billing.services.payments import mark_paid, take_back_payment, take_payment
from core import clock
from core.clock import hospital_day
from core.errors import DomainError
from core.formats import money
from core.forms.refusals import DomainErrorMixin
from core.web.refusal_pages import form_again, refused_back

METHODS = ("GET", "HEAD", "POST")


@require_safe
@requires(Can.SEE_INVOICES)
def invoice(request: SignedInRequest, invoice_id: UUID) -> HttpResponse:
    """All of it, with what may be done about it by whoever runs billing."""
    found, may_run = desk_invoice(request, invoice_id), may(request.user, Can.RUN_BILLING)
    page = invoice_page(found, parts_of(found), may_run=may_run, today=hospital_day(clock.now()))
    context = {
        "page": page,
        "pay_form": _payment_form(found) if page.can_pay else None,
        "pay_url": desk_url(found, "billing:desk_pay"),
        "mail_form": MailAgainForm(initial=_key()) if page.can_mail else None,
        "mail_url": desk_url(found, "billing:desk_mail"),
    }
    return render(request, "billing/desk/invoice.html", context)


def _key() -> dict[str, str]:
    return {"idempotency_key": uuid4().hex}


def _posted(request: SignedInRequest) -> QueryDict | None:
    """What a form is given: nothing while it is only looked at."""
    return request.POST if request.method == "POST" else None


def _entered_words(payment: Payment, found: Invoice) -> str:
    return _("The payment of %(amount)s is entered.") % {"amount": money(payment.amount_cents, found.currency)}


def _payment_form(found: Invoice) -> PaymentForm:
    """Unsent, with what is open."""
    return PaymentForm(currency=found.currency, initial={"amount": read_balance(found).open_cents, **_key()})


def _step(
    request: SignedInRequest,
    found: Invoice,
    form: DomainErrorMixin,
    page: MoneyStepPage,
    act: Callable[[dict[str, Any]], str],
) -> HttpResponse:
    """A page with one form: what was typed stays in it until the act is done. `act` says what was done."""

    def shown() -> HttpResponse:
        return render(request, "billing/desk/step.html", {"form": form, "page": page})

    if found.is_draft:
        return refused_back(request, NotIssued(), desk_url(found))
    if not form.is_valid():
        return shown()
    try:
        said = act(form.cleaned_data)
    except DomainError as error:
        return form_again(error, form, shown)
    messages.success(request, said)
    return redirect(desk_url(found))


@require_http_methods(METHODS)
@requires(Can.RUN_BILLING)
def pay(request: SignedInRequest, invoice_id: UUID) -> HttpResponse:
    """A payment of all or part of what is open."""
    found = desk_invoice(request, invoice_id)
    form = PaymentForm(request.POST, currency=found.currency) if request.method == "POST" else _payment_form(found)

    def act(data: dict[str, Any]) -> str:
        payment = take_payment(
            invoice=found,
            amount_cents=data["amount"],
            method=data["method"],
            reference=data["reference"],
            key=data["idempotency_key"],
            by=request.user,
            now=clock.now(),
        )
        return _entered_words(payment, found)

    return _step(request, found, form, payment_step(found), act)


@require_http_methods(METHODS)
@requires(Can.RUN_BILLING)
def mark_as_paid(request: SignedInRequest, invoice_id: UUID) -> HttpResponse:
    """A payment of whatever is open; again is harmless."""
    found = desk_invoice(request, invoice_id)
    form = MethodForm(_posted(request), initial=_key())

    def act(data: dict[str, Any]) -> str:
        payment = mark_paid(
            invoice=found, method=data["method"], reference=data["reference"], by=request.user, now=clock.now()
        )
        if payment is None:
            return _("This invoice is paid already.")
        return _entered_words(payment, found)

    return _step(request, found, form, mark_paid_step(found), act)


@require_http_methods(METHODS)
@requires(Can.RUN_BILLING)
def take_back(request: SignedInRequest, invoice_id: UUID, payment_id: UUID) -> HttpResponse:
    """A payment that was entered by mistake; asks why."""
    found, payment = desk_invoice(request, invoice_id), payment_by_key(request.user, payment_id)
    if payment is None or payment.invoice_id != found.pk:
        raise Http404

    def act(data: dict[str, Any]) -> str:
        take_back_payment(payment=payment, reason=data["reason"], by=request.user, now=clock.now())
        return _("The payment is taken back.")

    return _take_back(request, found, payment, take_back_step(found, payment), act)


@require_http_methods(METHODS)
@requires(Can.RUN_BILLING)
def take_back_refunded(request: SignedInRequest, invoice_id: UUID, refund_id: UUID) -> HttpResponse:
    """A refund that was entered by mistake; asks why."""
    found, refunded = desk_invoice(request, invoice_id), refund_by_key(request.user, refund_id)
    if refunded is None or refunded.credit_note.invoice_id != found.pk:
        raise Http404

    def act(data: dict[str, Any]) -> str:
        take_back_refund(refund=refunded, reason=data["reason"], by=request.user, now=clock.now())
        return _("The refund is taken back.")

    return _take_back(request, found, refunded, take_back_refund_step(found, refunded), act)


def _take_back(
    request: SignedInRequest,
    found: Invoice,
    moved: Payment | Refund,
    page: MoneyStepPage,
    act: Callable[[dict[str, Any]], str],
) -> HttpResponse:
    if request.method != "POST" and (moved.takes_back_id or moved.is_taken_back):
        return refused_back(request, TakenBackAlready(), desk_url(found))
    return _step(request, found, TakeBackForm(_posted(request)), page, act)


@require_http_methods(METHODS)
@requires(Can.RUN_BILLING)
def credit_invoice(request: SignedInRequest, invoice_id: UUID) -> HttpResponse:
    """All that is left of it, or so much of its lines."""
    found = desk_invoice(request, invoice_id)
    balance = read_balance(found)
    form = CreditForm(
        _posted(request),
        initial=_key(),
        left={line: cents for line, cents in lines_left(found).items() if cents},
        left_cents=balance.total - balance.credited,
        currency=found.currency,
    )

    def act(data: dict[str, Any]) -> str:
        note = credit(
            invoice=found,
            amounts=form.amounts,
            reason=data["reason"],
            key=data["idempotency_key"],
            by=request.user,
            now=clock.now(),
        )
        facts = {"number": note.number, "amount": money(note.total_cents, found.currency)}
        return _("Credit note %(number)s is made: %(amount)s.") % facts

    return _step(request, found, form, credit_step(found), act)


@require_http_methods(METHODS)
@requires(Can.RUN_BILLING)
def refund_note(request: SignedInRequest, invoice_id: UUID, note_number: str) -> HttpResponse:
    """Money given back for a credit note."""
    found, note = desk_invoice(request, invoice_id), credit_note_by_number(request.user, note_number)
    if note is None or note.invoice_id != found.pk:
        raise Http404
    parts = parts_of(found)
    left = parts.refundable(note, read_balance(found).owed_cents)
    if request.method != "POST" and not left:
        return refused_back(request, RefundTooLarge(), desk_url(found))
    form = RefundForm(
        _posted(request),
        currency=found.currency,
        initial={"amount": left, "method": only_method(parts.payments), **_key()},
    )

    def act(data: dict[str, Any]) -> str:
        made = refund(
            credit_note=note,
            amount_cents=data["amount"],
            method=data["method"],
            reference=data["reference"],
            key=data["idempotency_key"],
            by=request.user,
            now=clock.now(),
        )
        return _("%(amount)s is given back.") % {"amount": money(made.amount_cents, found.currency)}

    return _step(request, found, form, refund_step(found, note, left), act)


@require_POST
@requires(Can.RUN_BILLING)
def mail(request: SignedInRequest, invoice_id: UUID) -> HttpResponse:
    """The invoice by e-mail once more."""
    found, form = desk_invoice(request, invoice_id), MailAgainForm(request.POST)
    key = form.cleaned_data["idempotency_key"] if form.is_valid() else ""
    try:
        mail_again(invoice=found, by=request.user, key=key or uuid4().hex, now=clock.now())
    except DomainError as error:
        return refused_back(request, error, desk_url(found))
    messages.success(request, _("We’ll e-mail the invoice again."))
    return redirect(desk_url(found))
