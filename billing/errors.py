"""What is refused of invoices and payments, in words for whoever asked."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import Busy, DomainError


class DiscountTooLarge(DomainError):
    message = _("The discount is larger than the amount it’s taken from. Enter a smaller one.")
    status = 422


class RateNotAllowed(DomainError):
    """A rate below zero, or any on what is exempt, zero-rated or outside the scope of tax."""

    message = _("Only a taxed line can have a rate of tax.")
    status = 422


class InvoiceBusy(Busy):
    message = _("Someone is working on this invoice right now. Nothing was changed: please try again.")


class AlreadyIssued(DomainError):
    message = _("This invoice has been issued, so it can’t be changed. Make a credit note instead.")


class NotIssued(DomainError):
    message = _("This invoice is still a draft. Issue it first.")


class DraftChanged(DomainError):
    message = _("Someone has changed this draft since you opened the page. Please look at it again.")


class DraftGone(DomainError):
    message = _("This draft is no longer there: it was removed, or the visit was taken back.")
    status = 404


class NothingToInvoice(DomainError):
    message = _("There’s nothing to pay on this invoice. Change its lines, or remove the draft.")
    status = 422


class TaxNumberMissing(DomainError):
    message = _(
        "An invoice with tax must show the hospital’s tax number, and none is set. Ask whoever runs the system for it."
    )
    status = 422


class IssuingFailed(DomainError):
    """Something that nobody who issues invoices can mend."""

    message = _("It couldn’t be issued: something went wrong on our side. Nothing of it was changed.")


class VisitTakenBack(DomainError):
    message = _("The appointment has changed since this draft was made. Please look at it again.")


class NotToBeBilled(DomainError):
    message = _("Only a completed, cancelled or missed appointment can be invoiced.")
    status = 422


class AlreadyInvoiced(DomainError):
    message = _("This appointment has an invoice already.")


class Overpayment(DomainError):
    message = _("That’s more than is left to pay.")
    status = 422


class ReferenceMissing(DomainError):
    message = _("Enter the reference of this card or online payment.")
    status = 422


class ReferenceUsed(DomainError):
    message = _("A payment with this reference has been entered already.")


class TakenBackAlready(DomainError):
    message = _("This has been taken back already.")


class GivenBackAlready(DomainError):
    message = _("Part of this payment has been given back, so it can’t be taken back any more.")


class NoReceipt(DomainError):
    """Of a row that takes a payment back."""

    message = _("A payment that was taken back has no receipt of that.")
    status = 404


class CreditTooLarge(DomainError):
    message = _("That’s more than is left of the invoice.")
    status = 422


class NothingToCredit(DomainError):
    message = _("Choose what to credit.")
    status = 422


class ReasonNotGiven(DomainError):
    message = _("Say why.")
    status = 422


class RefundTooLarge(DomainError):
    message = _("That’s more than there is to give back.")
    status = 422


class NobodyToMail(DomainError):
    message = _("This patient has no e-mail address. Print the invoice, or add an address to their details.")
    status = 422


class FormReused(DomainError):
    """A form that was sent before comes again with other answers."""

    message = _("This form has already been sent with different answers. Please look at the invoice again.")
