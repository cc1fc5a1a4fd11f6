from __future__ import annotations

from django.urls import path

from billing.desk import cash_up_views, draft_views, invoice_views, list_views
from billing.documents import views as documents
from billing.own import views as own

app_name = "billing"
_DESK = "staff/billing/<uuid:invoice_id>/"

urlpatterns = [
    path("staff/billing/", list_views.invoices, name="desk"),
    path("staff/billing/issue/", list_views.issue_selected, name="desk_issue_selected"),
    path("staff/billing/new/", draft_views.new, name="desk_new"),
    path("staff/billing/cash-up/", cash_up_views.cash_up, name="desk_cash_up"),
    path("staff/billing/cash-up/csv/", cash_up_views.cash_up_csv, name="desk_cash_up_csv"),
    path(_DESK, invoice_views.invoice, name="desk_invoice"),
    path(f"{_DESK}edit/", draft_views.edit, name="desk_edit"),
    path(f"{_DESK}issue/", draft_views.issue_draft, name="desk_issue"),
    path(f"{_DESK}drop/", draft_views.drop, name="desk_drop"),
    path(f"{_DESK}payment/", invoice_views.pay, name="desk_pay"),
    path(f"{_DESK}paid/", invoice_views.mark_as_paid, name="desk_mark_paid"),
    path(f"{_DESK}payments/<uuid:payment_id>/take-back/", invoice_views.take_back, name="desk_take_back"),
    path(f"{_DESK}refunds/<uuid:refund_id>/take-back/", invoice_views.take_back_refunded, name="desk_take_back_refund"),
    path(f"{_DESK}credit/", invoice_views.credit_invoice, name="desk_credit"),
    path(f"{_DESK}refund/<str:note_number>/", invoice_views.refund_note, name="desk_refund"),
    path(f"{_DESK}mail/", invoice_views.mail, name="desk_mail"),
    path("billing/", own.invoices, name="invoices"),
    path("billing/<str:invoice_number>/", own.invoice, name="invoice"),
    path("billing/<str:invoice_number>/pdf/", documents.invoice_pdf, name="invoice_pdf"),
    path("billing/credit-notes/<str:note_number>/pdf/", documents.credit_note_pdf, name="credit_note_pdf"),
    path("billing/receipts/<uuid:payment_id>/", documents.receipt, name="receipt"),
]
