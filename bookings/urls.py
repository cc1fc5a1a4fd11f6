from __future__ import annotations

from django.urls import path, re_path, register_converter

from bookings.account_closure import dependent_views
from bookings.account_closure import views as account_closure
from bookings.appointment import list_views, move_views, step_views
from bookings.appointment import views as appointment
from bookings.calendars import views as calendars
from bookings.calendars.feeds import TOKEN
from bookings.departures import views as departures
from bookings.desk import book_views as desk_booking
from bookings.desk import views as desk
from bookings.new import views as new
from bookings.references import ReferenceConverter
from bookings.reviews import views as reviews
from bookings.time_off import offer_views
from bookings.time_off import views as time_off
from bookings.waiting_list import views as waiting_list

app_name = "bookings"
register_converter(ReferenceConverter, "ref")

urlpatterns = [
    path("bookings/new/", new.new, name="new"),
    path("bookings/new/person/", new.new_person, name="new_person"),
    path("bookings/<ref:reference>/", appointment.detail, name="detail"),
    path("bookings/<ref:reference>/calendar.ics", appointment.calendar, name="calendar_file"),
    path("bookings/<ref:reference>/cancel/", step_views.cancel, name="cancel"),
    path("bookings/<ref:reference>/move/", move_views.move, name="move"),
    path("bookings/<ref:reference>/offers/", offer_views.offers, name="offers"),
    path("bookings/<ref:reference>/confirm/", step_views.confirm, name="confirm"),
    path("bookings/<ref:reference>/check-in/", step_views.check_in, name="check_in"),
    path("bookings/<ref:reference>/complete/", step_views.complete, name="complete"),
    path("bookings/<ref:reference>/no-show/", step_views.no_show, name="no_show"),
    path("bookings/<ref:reference>/undo/", step_views.undo_step, name="undo"),
    path("bookings/<ref:reference>/review/", reviews.review, name="review"),
    path("patient/people/<int:person_id>/remove/", dependent_views.person_remove, name="person_remove"),
    path("waiting/", waiting_list.waiting_list, name="waiting"),
    path("waiting/join/<slug:slug>/", waiting_list.join, name="waiting_join"),
    path("waiting/<uuid:entry_id>/leave/", waiting_list.leave, name="waiting_leave"),
    path("waiting/offers/<uuid:hold_id>/", waiting_list.offer, name="waiting_offer"),
    path("waiting/offers/<uuid:hold_id>/decline/", waiting_list.decline, name="waiting_decline"),
    path("bookings/<ref:reference>/resolve/", time_off.dismiss_conflict, name="resolve"),
    path("doctor/availability/time-off/", time_off.time_off, name="time_off"),
    path("doctor/availability/time-off/new/", time_off.time_off_new, name="time_off_new"),
    path("doctor/availability/time-off/<int:time_off_id>/remove/", time_off.time_off_remove, name="time_off_remove"),
    path("bookings/<ref:reference>/calendar-note/", calendars.calendar_note, name="calendar_note"),
    re_path(rf"^feeds/(?P<token>{TOKEN})\.ics$", calendars.feed, name="feed"),
    path("calendar/feed/", calendars.settings, name="feeds"),
    path("calendar/feed/new/", calendars.new, name="feed_new"),
    path("calendar/feed/remove/", calendars.revoke, name="feed_revoke"),
    path("staff/desk/", desk.day, name="desk"),
    path("staff/desk/board/", desk.board, name="desk_board"),
    path("staff/book/", desk_booking.book, name="desk_book"),
    path("staff/book/<ref:reference>/", desk_booking.booked, name="desk_booked"),
    path("patient/close/", account_closure.close_own, name="close_own"),
    path("staff/people/doctors/<int:doctor_id>/leaving/", departures.leaving, name="leaving"),
    path("staff/people/doctors/<int:doctor_id>/back/", departures.reinstate, name="reinstate"),
    path("staff/people/patients/<int:patient_id>/closing/", account_closure.closing, name="closing"),
    path("staff/people/patients/<int:patient_id>/opening/", account_closure.opening, name="opening"),
    path("patient/bookings/", list_views.patient_bookings, name="patient_list"),
    path("doctor/appointments/", list_views.doctor_appointments, name="doctor_list"),
]
