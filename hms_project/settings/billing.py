"""Money: invoices, their numbers, taxes and fees, and the monthly reports (docs/billing.md)."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from hms_project import env

# The hospital's number at the tax office, on every invoice; without it nothing is issued with tax.
HOSPITAL_TAX_NUMBER = env.text("HOSPITAL_TAX_NUMBER", longest=60)
# Numbers are INV-2026-000001: the series, the year it was issued in, and which one. A series never changes its past.
INVOICE_SERIES = env.series("INVOICE_SERIES", "INV")
CREDIT_NOTE_SERIES = env.series("CREDIT_NOTE_SERIES", "CRN")
if INVOICE_SERIES == CREDIT_NOTE_SERIES:
    raise ImproperlyConfigured("CREDIT_NOTE_SERIES must differ from INVOICE_SERIES, for example CRN and INV.")
# The month in which the numbers begin again: 1 for January, 4 for April.
INVOICE_YEAR_STARTS = env.whole_number("INVOICE_YEAR_STARTS", default=1, minimum=1, maximum=12)
INVOICE_DUE_DAYS = env.whole_number("INVOICE_DUE_DAYS", default=14, minimum=0, maximum=365)
# Visits from this day on are billed by themselves; empty: invoices are made by hand alone.
BILLING_FROM = env.day("BILLING_FROM")
# The rates of tax that a line may have, in percent. Care itself is exempt and needs none.
TAX_RATES = env.percentages("TAX_RATES", "20")
# Why care is exempt, as the invoice says it, and by its code of the list VATEX.
# https://docs.peppol.eu/poacc/billing/3.0/codelist/vatex/
TAX_EXEMPTION_WORDS = env.text("TAX_EXEMPTION_WORDS", "Exempt from VAT: medical care", longest=200)
TAX_EXEMPTION_CODE = env.text("TAX_EXEMPTION_CODE", "VATEX-EU-132-1C", longest=40)
# What a missed visit, and one its patient cancels later than so many hours before, costs of the fee; per doctor in the
# admin. 0: nothing.
LATE_CANCELLATION_PERCENT = env.whole_number("LATE_CANCELLATION_PERCENT", default=0, minimum=0, maximum=100)
LATE_CANCELLATION_HOURS = env.whole_number("LATE_CANCELLATION_HOURS", default=24, minimum=1, maximum=720)
MISSED_VISIT_PERCENT = env.whole_number("MISSED_VISIT_PERCENT", default=0, minimum=0, maximum=100)
# For how many years the law asks who the buyer of an invoice was; after that they may be erased from it.
INVOICE_RETENTION_YEARS = env.whole_number("INVOICE_RETENTION_YEARS", default=10, minimum=0, maximum=100)
# The hour of the hospital's clock at which doctors get the report of the month before, on its 1st.
MONTHLY_REPORT_HOUR = env.whole_number("MONTHLY_REPORT_HOUR", default=9, minimum=0, maximum=23)
# Woken with the appointment's key once a visit has ended, or its end was taken back.
VISIT_ENDED_TASK = "billing.tasks.settle_visit"
