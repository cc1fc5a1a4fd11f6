from __future__ import annotations

from django.urls import path, register_converter

from bookings.references import ReferenceConverter
from bookings.views import appointment, lists, new, steps

app_name = "bookings"
register_converter(ReferenceConverter, "ref")

urlpatterns = [
    path("bookings/new/", new.new, name="new"),
    path("bookings/<ref:reference>/", appointment.detail, name="detail"),
    path("bookings/<ref:reference>/calendar.ics", appointment.calendar, name="calendar_file"),
    path("bookings/<ref:reference>/cancel/", steps.cancel, name="cancel"),
    path("bookings/<ref:reference>/confirm/", steps.confirm, name="confirm"),
    path("bookings/<ref:reference>/check-in/", steps.check_in, name="check_in"),
    path("bookings/<ref:reference>/complete/", steps.complete, name="complete"),
    path("bookings/<ref:reference>/no-show/", steps.no_show, name="no_show"),
    path("patient/bookings/", lists.patient_bookings, name="patient_list"),
    path("doctor/appointments/", lists.doctor_appointments, name="doctor_list"),
]
