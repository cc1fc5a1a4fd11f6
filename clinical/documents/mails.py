"""What a mail with a record says, made when it is delivered: the outbox holds which version, never what it says."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import translation

from clinical.documents.pdf import file_name, record_pdf
from clinical.models import TreatmentRecord, TreatmentRecordQuerySet, TreatmentRecordVersion
from clinical.services.mail import reachable_account
from core.pdf.attachment import mail_attachment
from integrations.errors import NoLongerNeeded


def data_of_record(stored: dict[str, Any]) -> dict[str, Any]:
    """For `MAIL_DATA_MAKERS`: with the PDF, unless the hospital sends links or it is too large.

    The row of the reading was written when the mail was asked for. Raises NoLongerNeeded when the patient is erased,
    or the address isn't theirs any more.
    """
    data = dict(stored)
    version = TreatmentRecordVersion.objects.select_related("author").get(pk=data.pop("version"))
    record = TreatmentRecordQuerySet(TreatmentRecord).with_visit().get(pk=version.record_id)
    patient = record.booking.patient
    account = reachable_account(patient)
    if patient.erased_at or account is None or account.email != data["to"]["email"]:
        raise NoLongerNeeded("nobody is reached there any more")
    if not settings.MAIL_RECORDS_AS_PDF:
        return data
    with translation.override(settings.LANGUAGE_CODE):
        attachment = mail_attachment(record_pdf(record, version), name=file_name(record))
    return {**data, "attachment": attachment} if attachment else data
