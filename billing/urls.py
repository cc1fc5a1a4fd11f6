from __future__ import annotations

from django.urls import path

from billing.documents import views as documents
from billing.own import views as own

app_name = "billing"
urlpatterns = [
    path("billing/", own.invoices, name="invoices"),
    path("billing/<str:invoice_number>/", own.invoice, name="invoice"),
    path("billing/<str:invoice_number>/pdf/", documents.invoice_pdf, name="invoice_pdf"),
    path("billing/credit-notes/<str:note_number>/pdf/", documents.credit_note_pdf, name="credit_note_pdf"),
    path("billing/receipts/<uuid:payment_id>/", documents.receipt, name="receipt"),
]
