"""Every field of every table: erased, kept with a reason, or nobody's; and it is so (privacy/register.py)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model

from accounts.models import User
from core import clock
from integrations.models import OutgoingMessage
from privacy import erasure_list, retention
from privacy.archive import build
from privacy.collect import _fields, collect
from privacy.data_subjects import DataSubject, myself
from privacy.erasing import erase
from privacy.models import Erasure
from privacy.register import ELSEWHERE, FATES, NOT_HANDED_OUT, NOT_HANDED_OUT_FIELDS, OTHER_TABLES, End, dispositions
from privacy.sections import SECTIONS
from privacy.tests.filled import account_scene, cells, child_scene, doctor_scene, places, walk_in_scene
from privacy.tests.people import all_is_sent
from privacy.tests.scene import Scene
from tests.calendars import test_erasing

pytestmark = pytest.mark.django_db(transaction=True)
SCENES: dict[str, Callable[[], Scene]] = {
    "with an account": account_scene,
    "without an account": walk_in_scene,
    "in somebody's care": child_scene,
    "a doctor": doctor_scene,
}
PERSONAL = {End.AT_ONCE, End.ROW, End.LATER, End.WHEN_DUE, End.INVOICES_DUE}
GOES = {End.AT_ONCE, End.ROW, End.LATER}


# The register is complete


def tables() -> dict[str, type[Model]]:
    """Every model that has a table, by whichever app."""
    there = set(connection.introspection.table_names())
    found = apps.get_models(include_auto_created=True)
    return {item._meta.label_lower: item for item in found if not item._meta.proxy and item._meta.db_table in there}


def test_every_field_of_every_table_is_in_the_register() -> None:
    found = {(label, field.name) for label, model in tables().items() for field in model._meta.concrete_fields}
    registered = {(label, name) for label, name, _ in dispositions()}

    assert len(found) > 250
    assert found - registered == set(), (
        "Say in privacy/register.py what becomes of it when its person is erased. What goes has to go in "
        "privacy/erasing.py or record.py as well, and what is handed out stands in privacy/sections.py."
    )
    assert registered - found == set(), "Take out of privacy/register.py what is not there any more."


def test_tables_without_a_model_are_accounted_for() -> None:
    known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} | OTHER_TABLES.keys()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert {name for (name,) in cursor.fetchall()} - known == set()


def test_what_stays_has_a_reason() -> None:
    kept = [
        (label, name, disposition)
        for label, name, disposition in dispositions()
        if End.KEPT in (disposition.end, disposition.of_doctors)
    ]
    assert len(kept) > 80
    assert [(label, name) for label, name, disposition in kept if len(disposition.why) < 10] == []


def handed_out() -> set[tuple[str, str]]:
    return {(section.model._meta.label_lower, field.name) for section in SECTIONS for field in _fields(section)}


def test_every_personal_field_is_handed_out_or_has_a_reason_not_to_be() -> None:
    personal = {(label, name) for label, name, disposition in dispositions() if disposition.end != End.NOBODYS}
    by_table = {(label, name) for label, name in personal if label in NOT_HANDED_OUT}
    excused = {(label, name) for label, fields in NOT_HANDED_OUT_FIELDS.items() for name in fields}

    assert len(handed_out()) > 100
    assert personal - handed_out() - by_table - excused == set(), (
        "Give them a copy in privacy/sections.py, or say in NOT_HANDED_OUT_FIELDS why not."
    )
    assert excused & handed_out() == set()
    assert excused - personal == set()


# And true


def values(rows: list[Model]) -> dict[tuple[str, Any], dict[str, Any]]:
    """As the database has them now, by table and key; nothing of those that are gone."""
    found = {}
    for row in rows:
        model = row._meta.concrete_model
        fresh = model._base_manager.filter(pk=row.pk).values().first()
        names = {field.attname: field.name for field in model._meta.concrete_fields}
        if fresh is not None:
            found[model._meta.label_lower, row.pk] = {names[key]: value for key, value in fresh.items()}
    return found


def fresh(person: DataSubject) -> DataSubject:
    if person.user:
        return myself(User.objects.get(pk=person.user.pk))
    return DataSubject(patient=type(person.patient)._base_manager.select_related("guardian").get(pk=person.patient.pk))


def data_of(person: DataSubject) -> str:
    with zipfile.ZipFile(io.BytesIO(build(person, collect(person, to_themselves=True), now=clock.now()))) as box:
        return json.dumps(json.loads(box.read("data.json")), ensure_ascii=False)


def erased(scene: Scene, boss: User) -> None:
    scene.close(boss)
    done = erase(person=fresh(scene.person), reason="Asked by letter", by=boss, now=clock.now())
    assert done.streams
    all_is_sent()
    assert retention.erase_messages(now=clock.now() + timedelta(minutes=1)) == 1
    assert Erasure.objects.get(pk=done.pk).streams == []


def end_of(scene: Scene, label: str, name: str) -> End:
    return FATES[label][name].of(is_doctor=scene.person.doctor is not None) if label in FATES else End.AT_ONCE


def columns() -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (model._meta.db_table, field.column): (label, field.name)
        for label, model in tables().items()
        for field in model._meta.concrete_fields
    }


def survivors(scene: Scene, gone: set[End]) -> Iterator[str]:
    """Each word that stands where the register doesn't say it stays."""
    known = columns()
    for word, found in places(scene.words).items():
        label, name = scene.words[word]
        end = end_of(scene, label, name)
        allowed = set() if end in gone else {(label, name), COPIES.get((label, name), (label, name))}
        allowed |= SHOWN_IN_THE_TRAIL if end == End.KEPT else set()
        allowed |= set() if End.INVOICES_DUE in gone else ON_INVOICES.get((label, name), set())
        for place in found:
            if known.get(place, place) not in allowed:
                yield f"{label}.{name} is left in {'.'.join(known.get(place, place))}"


COPIES = {
    ("accounts.user", "full_name"): ("accounts.user", "search_name"),
    ("doctors.doctorprofile", "specialization"): ("doctors.doctorprofile", "search_specialization"),
}
# As they were called when the invoice was issued.
ON_INVOICES = {
    ("accounts.user", "full_name"): {("billing.invoice", "buyer_name"), ("billing.invoiceline", "description")},
    ("patients.patientprofile", "own_name"): {("billing.invoice", "buyer_name")},
    ("patients.patientprofile", "address"): {("billing.invoice", "buyer_address")},
}
SHOWN_IN_THE_TRAIL = {("audit.entry", "before"), ("audit.entry", "after")}


@pytest.mark.parametrize("kind", SCENES)
def test_what_is_said_to_be_handed_out_is(kind: str) -> None:
    scene = SCENES[kind]()
    text = data_of(fresh(scene.person))
    asked = {word: place for word, place in scene.words.items() if place[0] != "audit.entry"}
    asked = {word: place for word, place in asked.items() if not word.startswith("zq900")}  # names of before

    missing = [place for word, place in asked.items() if place in handed_out() and word not in text]
    secret = [place for word, place in asked.items() if place not in handed_out() and word in text]
    assert len([place for place in asked.values() if place in handed_out()]) > 5
    assert (missing, secret) == ([], [])


@pytest.mark.parametrize("kind", SCENES)
def test_no_word_is_left_but_where_the_register_says_it_stays(kind: str, boss: User) -> None:
    scene = SCENES[kind]()
    found = places(scene.words)
    assert [place for word, place in scene.words.items() if word not in found] == [], "each is there before"
    erased(scene, boss)

    assert sorted(survivors(scene, GOES)) == []

    much_later = clock.now() + timedelta(days=40 * 366)
    retention.erase_what_is_due(now=much_later)
    retention.erase_invoices_due(now=much_later)
    assert sorted(survivors(scene, {*GOES, End.WHEN_DUE, End.INVOICES_DUE})) == []


@pytest.mark.parametrize("kind", SCENES)
def test_each_value_goes_or_stays_as_the_register_says(kind: str, boss: User) -> None:
    scene = SCENES[kind]()
    before = values(scene.rows)
    erased(scene, boss)
    after = values(scene.rows)

    assert sorted(set(wrong(scene, before, after, {*GOES}))) == []


def wrong(scene: Scene, before: Any, after: Any, gone: set[End]) -> Iterator[str]:
    for (label, key), row in before.items():
        for name, value in row.items():
            end, now = end_of(scene, label, name), after.get((label, key), {}).get(name)
            if end == End.ROW and (label, key) in after:
                yield f"{label}: the row is left"
            elif end in gone and value not in ("", None, False) and now == value:
                yield f"{label}.{name} is left"
            elif end in {End.WHEN_DUE, End.INVOICES_DUE} and now != value:
                yield f"{label}.{name} is gone"


def test_the_people_of_these_tests_have_something_in_every_field_that_goes() -> None:
    """Or a field would count as erased that was never filled."""
    filled = set()
    for make in SCENES.values():
        scene = make()
        filled |= {
            (label, name)
            for (label, _), row in values(scene.rows).items()
            for name, value in row.items()
            if value not in ("", None, False, [])
        }
        filled |= set(scene.words.values())
    empty = {(label, name) for label, name, disposition in dispositions() if disposition.end in PERSONAL} - filled
    assert empty == EMPTY_ALWAYS


# Links of confirmations are signed, no row is ever written; what an erasure notes for itself, `erased` looks at.
EMPTY_ALWAYS = {("account.emailconfirmation", name) for name in FATES["account.emailconfirmation"]}
EMPTY_ALWAYS |= {("privacy.erasure", "streams")}


# Beside the walk over the tables: the tests that look where the register says something was written elsewhere.
PROVEN_ELSEWHERE = {
    "events in Google calendars": [
        test_erasing.test_past_visits_leave_the_calendar_of_the_doctor,
        test_erasing.test_a_childs_visits_leave_the_calendar_of_their_guardian_as_well,
        test_erasing.test_what_was_moved_is_asked_for_once_and_nobody_is_named,
    ],
    "the list of erasures beside the backups": [test_no_word_is_left_but_where_the_register_says_it_stays],
}


def test_what_was_written_elsewhere_is_proven_to_go_as_the_register_says() -> None:
    assert PROVEN_ELSEWHERE.keys() == ELSEWHERE.keys()
    assert [what for what, proofs in PROVEN_ELSEWHERE.items() if not proofs] == []


@pytest.mark.parametrize("kind", SCENES)
def test_the_list_beside_the_backups_is_looked_at(kind: str, boss: User) -> None:
    scene = SCENES[kind]()
    erased(scene, boss)
    assert [place for place, _ in cells() if place == ("file", erasure_list.NAME)] != []


def test_a_message_that_failed_and_was_emptied_is_not_sent_again(boss: User) -> None:
    scene = account_scene()
    erased(scene, boss)
    assert OutgoingMessage.objects.filter(status="FAILED").exists()
    emptied = [row for row in OutgoingMessage.objects.all() if row.data.get("erased")]
    assert len(emptied) > 10
    assert [row for row in emptied if row.content_erased_at is None] == []
