from __future__ import annotations

from django.urls import path

from clinical.access import views as access
from clinical.documents import views as documents
from clinical.history import views as history
from clinical.visit import views as visit

app_name = "clinical"
urlpatterns = [
    path("bookings/<ref:reference>/record/", visit.record, name="record"),
    path("records/", history.records, name="records"),
    path("records/access/", access.access, name="access"),
    path("records/emergency/", access.emergency, name="emergency"),
    path("records/export/", documents.export, name="export"),
    path("records/<uuid:record_id>/pdf/", documents.pdf, name="pdf"),
    path("records/<uuid:record_id>/send/", documents.send, name="send"),
    path("patients/<int:patient_id>/history/", history.history, name="history"),
]
