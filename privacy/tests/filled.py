"""People in whose rows every text is a word found nowhere else, and where such a word stands."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, models, transaction
from django.test import Client

from accounts import known_browsers
from accounts.drafts import services as drafts
from accounts.models import Invitation, SecondFactor, Session, User
from accounts.services import close_account, propose_email
from accounts.tests.factories import PASSWORD, StaffFactory
from bookings.calendars import feeds
from bookings.models import Booking, BookingStatusChange, CalendarFeed, Departure, Hold, Review, WaitingEntry
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.services.steps import check_in, complete, confirm, mark_no_show
from bookings.tests.factories import make_booking, make_held, make_waiting
from clinical.models import EmergencyAccess, RecordDraft, TreatmentRecord, TreatmentRecordVersion
from core import clock
from core.crypto import Unreadable, seal, unseal_bytes
from core.fields.sealed import sealed_fields
from doctors.models import DoctorProfile, Slot, TimeOff, WeeklyHours
from doctors.tests.factories import make_doctor, make_slot
from exports import services as exports
from exports.kinds import FileMade
from exports.models import Export, ExportFile
from integrations.choices import MessageStatus
from integrations.models import GoogleConnection, OutgoingMessage
from patients.models import PatientProfile
from patients.services import register_without_account
from patients.tests.factories import make_patient, make_person
from privacy import erasure_list
from privacy.data_subjects import DataSubject, myself
from privacy.tests.invoices import write_invoice_of_doctor, write_invoices
from privacy.tests.people import _cancelled, _visit, close, leaves
from privacy.tests.records import write_as_doctor, write_records
from privacy.tests.scene import Place, Scene, word

# Called by a number in the admin's log, where their rows are gone by the erasure or say nothing.
CALLED_BY_A_NUMBER = (CalendarFeed, GoogleConnection, OutgoingMessage, Slot, WeeklyHours)


# Four kinds of people


def account_scene() -> Scene:
    """A patient with an account who cares for somebody and has used all there is."""
    doctor, boss = make_doctor(), StaffFactory()
    patient = make_patient(full_name="zq9001x Former", email="zq9002x@example.org")
    user, now = patient.user, clock.now()
    make_person(patient, full_name="Kit Child")
    scene = Scene(myself(user), lambda by: close(PatientProfile.objects.get(pk=patient.pk), by))
    scene.words |= {"zq9001x": ("accounts.user", "full_name"), "zq9002x": ("accounts.user", "email")}
    get_adapter().send_mail("account/email/unknown_account", "zq9002x@example.org", {})
    get_adapter().send_mail("account/email/password_changed", "zq9002x@example.org", {"user": user})
    scene.plant([User.objects.get(pk=user.pk), patient])
    user, patient = User.objects.get(pk=user.pk), PatientProfile.objects.get(pk=patient.pk)
    propose_email(user=user, email="new@example.org")
    _appointments(scene, patient, doctor)
    feeds.make_feed(user=user, now=now)
    _exports(scene, user, patient)
    _google(scene, user)
    _ways_in(scene, user, boss)
    _rest(scene, myself(user))
    return scene


def _appointments(scene: Scene, patient: PatientProfile, doctor: DoctorProfile) -> None:
    """In every state, waited for and held."""
    now, by = clock.now(), StaffFactory()
    visit = _visit(patient, doctor)
    write_records(scene, visit)
    write_invoices(scene, visit)
    missed = make_booking(slot=make_slot(doctor, starts_at=now - timedelta(days=12)), patient=patient)
    confirm(booking=missed, by=doctor.user, now=missed.created_at)
    mark_no_show(booking=missed, by=by, now=now)
    _cancelled(patient, doctor)
    moved = make_booking(slot=make_slot(doctor, days=6), patient=patient)
    to = make_slot(doctor, days=7)
    move(booking=moved, to_slot_id=to.pk, by=patient.user, now=now)
    make_booking(slot=make_slot(doctor, days=9), patient=patient)
    make_held(patient, make_slot(doctor, days=5))
    make_waiting(patient=patient, doctor=make_doctor())


def _exports(scene: Scene, user: User, patient: PatientProfile) -> None:
    """One of every state: asked for by them, and made about them by somebody else."""
    now, day, staff = clock.now(), timedelta(days=1), StaffFactory()
    failed = exports.request_export(owner=user, kind="personal_data", now=now - 3 * day)
    Export.objects.filter(pk=failed.pk).update(
        status="FAILED", finished_at=now, failure="ValueError", options={"part": 1}, attempts=1
    )
    ready = exports.claim(exports.request_export(owner=user, kind="personal_data", now=now).pk, now=now)
    assert ready is not None
    content = scene.planted("exports.exportfile", "content")
    made = FileMade(name="personal-data.zip", content_type="application/zip", content=content.encode())
    exports.finish(ready, made, now=now)
    running = exports.request_export(owner=staff, subject=patient, kind="personal_data", now=now)
    assert exports.claim(running.pk, now=now)
    Export.objects.filter(pk=running.pk).update(done=1, total=2)


def _google(scene: Scene, user: User) -> None:
    GoogleConnection.objects.create(
        user=user,
        sealed_token=GoogleConnection.seal_token(
            user.pk, scene.planted("integrations.googleconnection", "sealed_token")
        ),
        scopes="calendar",
        connected_at=clock.now(),
        backfilled_at=clock.now(),
        closes_busy_times=True,
        busy_looked_at=clock.now(),
    )


def _ways_in(scene: Scene, user: User, boss: User) -> None:
    now = clock.now()
    User.objects.filter(pk=user.pk).update(last_login=now)
    _half_signed_in(scene, user)
    Client().force_login(user)
    Session.objects.update(ip="203.0.113.77")
    Invitation.objects.create(user=user, digest=word(), invited_by=boss, sent_at=now, expires_at=now)
    for kind in ("totp", "webauthn", "recovery_codes"):
        secret, name = (scene.planted("mfa.authenticator", "data") for _ in range(2))
        SecondFactor.objects.create(user=user, type=kind, last_used_at=now, data={"secret": seal(secret), "name": name})
    user.groups.add(Group.objects.first())
    user.user_permissions.add(Permission.objects.first())


def _half_signed_in(scene: Scene, user: User) -> None:
    """By the password alone: their second step never came. What they typed waits in the session."""
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD))
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    User.objects.filter(pk=user.pk).update(password=user.password)
    SecondFactor.objects.filter(user=user).delete()
    waits = Session.objects.get(session_key=browser.cookies[settings.SESSION_COOKIE_NAME].value)
    assert user.username in str(waits.get_decoded())
    scene.words |= {
        user.username: ("accounts.user", "username"),
        waits.session_key: ("accounts.session", "session_key"),
    }


def _rest(scene: Scene, person: DataSubject) -> None:
    """What hangs on the person, what was told, and what the admin's log says of it."""
    if person.user:
        typed = {"reason": scene.planted("cache", "unsent form")}
        drafts.keep(drafts.Owner(pk=person.user.pk), urls=["/"], fields=_form(typed))
        seen = scene.planted("cache", "addresses seen")
        cache.set(known_browsers._seen_key(person.user), [seen])
    rows = list(_rows_of(person))
    scene.plant(rows)
    _log(scene, [*filter(None, (person.user, person.patient, person.doctor)), *rows])
    scene.plant(OutgoingMessage.objects.exclude(stream__in=_of_others(person)))
    _in_every_state()
    if person.user:
        address = User.objects.get(pk=person.user.pk).email
        EmailAddress.objects.create(user=person.user, email=address, verified=True, primary=False)


def _form(fields: dict[str, str]) -> Any:
    from django.http import QueryDict  # noqa: PLC0415

    form = QueryDict(mutable=True)
    form.update(fields)
    return form


def _rows_of(person: DataSubject) -> Iterator[models.Model]:
    """Not by what the erasure itself goes by."""
    user, patient, doctor = person.user, person.patient, person.doctor
    found: list[Any] = []
    if user:
        yield from (row for row in Session.objects.all() if row.user_id == user.pk or _names(row, user))
        found = [model.objects.filter(user=user) for model in (EmailAddress, SecondFactor, Invitation)]
        found += [model.objects.filter(user=user) for model in (CalendarFeed, GoogleConnection)]
        found += [Export.objects.filter(owner=user), ExportFile.objects.filter(export__owner=user)]
        rights = (User.groups.through, User.user_permissions.through)
        found += [model.objects.filter(user=user) for model in rights]
    if patient:
        found += [model.objects.filter(patient=patient) for model in (Booking, WaitingEntry, Hold)]
        found.append(Export.objects.filter(subject=patient))
        found += [model.objects.filter(booking__patient=patient) for model in (BookingStatusChange, Review)]
        found += [TreatmentRecord.objects.filter(booking__patient=patient)]
        found += [
            model.objects.filter(record__booking__patient=patient) for model in (TreatmentRecordVersion, RecordDraft)
        ]
        found += [EmergencyAccess.objects.filter(patient=patient)]
    if doctor:
        found += [model.objects.filter(doctor=doctor) for model in (Slot, WeeklyHours, TimeOff, Departure)]
        found += [RecordDraft.objects.filter(author=doctor.user), EmergencyAccess.objects.filter(doctor=doctor)]
    for rows in found:
        yield from rows


def _names(row: Session, user: User) -> bool:
    return user.username in str(row.get_decoded())


def _of_others(person: DataSubject) -> list[str]:
    """What the doctors and staff of the scene were told about themselves."""
    others = User.objects.exclude(pk=person.user.pk if person.user else None)
    return [f"{kind}:{pk}" for pk in others.values_list("pk", flat=True) for kind in ("account", "account-mail")]


def _in_every_state() -> None:
    """Some given up, some dropped, one already emptied by the night."""
    keys = list(OutgoingMessage.objects.order_by("pk").values_list("pk", flat=True))
    for start, status in enumerate((MessageStatus.FAILED, MessageStatus.DROPPED)):
        rows = OutgoingMessage.objects.filter(pk__in=keys[start::4])
        rows.update(status=status, settled_at=clock.now())


def _log(scene: Scene, rows: Iterable[models.Model]) -> None:
    """As the admin does, of whatever it has a page for."""
    staff = StaffFactory()
    for row in rows:
        if row._meta.model not in admin.site._registry:
            continue
        fresh = row._meta.model._base_manager.get(pk=row.pk)
        facts = {"user": staff, "content_type": ContentType.objects.get_for_model(row), "object_id": str(row.pk)}
        if isinstance(row, CALLED_BY_A_NUMBER):
            LogEntry.objects.create(**facts, object_repr=str(fresh), action_flag=CHANGE, change_message="Changed.")
            continue
        name, said = scene.planted("admin.logentry", "object_repr"), scene.planted("admin.logentry", "change_message")
        entry = LogEntry.objects.create(
            **facts, object_repr=f"{fresh} {name}"[:200], action_flag=CHANGE, change_message=f"Changed {said}."
        )
        scene.rows.append(entry)


def walk_in_scene() -> Scene:
    """Somebody without an account."""
    with transaction.atomic():
        patient = register_without_account(
            full_name="Wal Kin", date_of_birth=date(1980, 1, 1), phone="+442079460271", email="walkin@example.org"
        )
    return _without_account(patient)


def child_scene() -> Scene:
    """Somebody in another's care."""
    return _without_account(make_person(make_patient(), full_name="Kit Child"))


def _without_account(patient: PatientProfile) -> Scene:
    scene = Scene(DataSubject(patient=patient), lambda by: None)
    PatientProfile.objects.filter(pk=patient.pk).update(blood_group="A+")
    scene.plant([PatientProfile.objects.get(pk=patient.pk)])
    patient = PatientProfile.objects.select_related("user", "guardian").get(pk=patient.pk)
    scene.person = DataSubject(patient=patient)
    boss, doctor, now = StaffFactory(), make_doctor(), clock.now()
    for days in (10, 20):
        slot = make_slot(doctor, starts_at=now - timedelta(days=days))
        before = slot.starts_at - timedelta(days=1)
        booking = book(slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=boss, reason="pain", now=before)
    typed_by_staff = word()
    cancel(booking=booking, by=boss, reason=typed_by_staff, now=before)
    _visited_without_account(scene, patient, doctor)
    if patient.guardian:
        PatientProfile.objects.filter(pk=patient.pk).update(removed_at=now)
    _rest(scene, scene.person)
    scene.words[typed_by_staff] = ("audit.entry", "reason")
    return scene


def _visited_without_account(scene: Scene, patient: PatientProfile, doctor: DoctorProfile) -> None:
    """And written about."""
    booking = Booking.objects.filter(patient=patient).exclude(status="CANCELLED").get()
    begins = booking.starts_at
    if booking.status == "PENDING":
        confirm(booking=booking, by=doctor.user, now=begins)
    check_in(booking=booking, by=doctor.user, now=begins)
    write_records(scene, Booking.objects.get(pk=booking.pk))
    complete(booking=booking, by=doctor.user, now=booking.ends_at)
    write_invoices(scene, Booking.objects.get(pk=booking.pk))


def doctor_scene() -> Scene:
    """A doctor who has left, whose patients' records name them."""
    doctor, boss, now = make_doctor(full_name="zq9001x Former"), StaffFactory(), clock.now()
    user = doctor.user

    def closed(by: User) -> None:
        # By nothing but the account: whatever else there is, the erasure alone has to see to.
        with transaction.atomic():
            close_account(user=User.objects.get(pk=user.pk))

    scene = Scene(myself(user), closed)
    scene.plant([User.objects.get(pk=user.pk), doctor])
    user = User.objects.get(pk=user.pk)
    doctor = DoctorProfile.objects.get(pk=doctor.pk)
    patient = make_patient()
    _visit(patient, doctor)
    write_as_doctor(scene, Booking.objects.get(patient=patient, doctor=doctor))
    write_invoice_of_doctor(Booking.objects.get(patient=patient, doctor=doctor))
    make_waiting(patient=patient, doctor=doctor)
    WaitingEntry.objects.update(state="LEFT")
    facts = {"starts_at": now, "ends_at": now + timedelta(days=1), "created_by": user, "created_at": now}
    gone = TimeOff.objects.create(doctor=doctor, note="away", **facts)
    _log(scene, [gone])
    gone.delete()
    leaves(doctor, boss)
    WeeklyHours.objects.create(
        doctor=doctor, weekday=1, starts=time(9), ends=time(12), slot_minutes=30, valid_from=date(2026, 1, 1)
    )
    feeds.make_feed(user=user, now=now)
    _google(scene, user)
    _ways_in(scene, user, boss)
    _rest(scene, myself(user))
    _log(scene, WaitingEntry.objects.filter(doctor=doctor))
    GoogleConnection.objects.update(status="BROKEN", broken_at=now, told_at=now)
    return scene


# Where a word stands


def cells() -> Iterator[tuple[Place, str]]:
    """Every value of every table, as text; what is sealed is opened. And the cache, and the list beside the backups."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" AS t')
            for (row,) in cursor.fetchall():
                for column, value in json.loads(row).items():
                    yield (table, column), json.dumps(value, ensure_ascii=False)
    for sealed in sealed_fields():
        for value in sealed.model._base_manager.values_list(sealed.field, flat=True):
            yield (
                (sealed.table, sealed.column),
                _opened([value[name] for name in sealed.inside if name in value] or value),
            )
    for key, value in cache._cache.items():  # type: ignore[attr-defined]
        kept = pickle.loads(value)
        yield ("cache", key), _opened(kept["sealed"] if isinstance(kept, dict) and "sealed" in kept else kept)
    for line in erasure_list.read():
        yield ("file", erasure_list.NAME), str(line)


def _opened(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_opened(item) for item in value)
    try:
        opened = unseal_bytes(value)
    except (Unreadable, AttributeError):
        return str(value)
    try:
        return json.dumps(json.loads(opened), ensure_ascii=False)
    except ValueError:  # a file
        return opened.decode("latin-1")


def places(words: Iterable[str]) -> dict[str, set[Place]]:
    """Of those that stand anywhere, where."""
    wanted, found = list(words), dict[str, set[Place]]()
    for place, text in cells():
        for person in wanted:
            if person.casefold() in text.casefold():
                found.setdefault(person, set()).add(place)
    return found
