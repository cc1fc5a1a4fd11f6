"""Fields as every form of the site draws them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django import forms
from django.template.loader import render_to_string

from core.forms.rendering import missing_sentence


class VisitForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address",
        help_text="For the confirmation.",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "class": "wide", "placeholder": "E-mail address"}),
    )
    department = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], required=False)
    contact = forms.ChoiceField(
        label="How may we reach you?", choices=[("m", "Mail"), ("p", "Phone")], widget=forms.RadioSelect
    )
    days = forms.MultipleChoiceField(choices=[("1", "Mon")], widget=forms.CheckboxSelectMultiple, required=False)
    agree = forms.BooleanField(label="I agree", error_messages={"required": "Please agree first."})
    token = forms.CharField(widget=forms.HiddenInput, required=False)


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.seen if attrs.get("name") == name and tag != "label"]

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.seen if attrs.get("id")]


def fields(form: forms.Form) -> str:
    return render_to_string("components/fields.html", {"form": form})


@pytest.fixture
def fresh() -> Tags:
    return Tags(fields(VisitForm()))


@pytest.fixture
def refused() -> Tags:
    return Tags(fields(VisitForm({"email": "nonsense"})))


@pytest.mark.parametrize(
    ("name", "css"),
    [("email", "form-control"), ("department", "form-select"), ("contact", "form-check-input"),
     ("days", "form-check-input"), ("agree", "form-check-input")],
)  # fmt: skip
def test_each_control_gets_its_class(fresh: Tags, name: str, css: str) -> None:
    controls = fresh.named(name)
    assert controls
    assert all(css in (control["class"] or "").split() for control in controls)


def test_what_the_form_set_on_a_widget_stays(fresh: Tags) -> None:
    (email,) = fresh.named("email")
    assert email["autocomplete"] == "email"
    assert "wide" in (email["class"] or "").split()


def test_a_placeholder_that_repeats_the_label_is_left_out(fresh: Tags) -> None:
    assert "placeholder" not in fresh.named("email")[0]


def test_a_hidden_field_is_drawn_bare(fresh: Tags) -> None:
    (token,) = fresh.named("token")
    assert "class" not in token


def test_hint_and_error_are_tied_to_the_control(fresh: Tags, refused: Tags) -> None:
    assert fresh.named("email")[0]["aria-describedby"] == "id_email_helptext"
    (email,) = refused.named("email")
    assert email["aria-describedby"] == "id_email_helptext id_email_error"
    assert email["aria-invalid"] == "true"
    assert "is-invalid" in (email["class"] or "")


def test_everything_pointed_at_exists_once(refused: Tags) -> None:
    pointed = {ref for _, attrs in refused.seen for ref in (attrs.get("aria-describedby") or "").split()}
    pointed |= {attrs["for"] for tag, attrs in refused.seen if tag == "label" and attrs.get("for")}
    assert "id_contact_error" in pointed
    assert pointed <= set(refused.ids)
    assert len(refused.ids) == len(set(refused.ids))


def test_radio_buttons_stand_in_a_named_group() -> None:
    html = fields(VisitForm())
    group = re.search(r"<fieldset.*?</fieldset>", html, re.DOTALL)
    assert group is not None
    assert "<legend>How may we reach you?" in group[0]
    assert group[0].count('type="radio"') == 2


def test_optional_is_said_and_required_is_not() -> None:
    html = fields(VisitForm())
    assert re.search(r"Department\s*<span class=\"optional\">\(optional\)", html)
    assert not re.search(r"E-mail address\s*<span class=\"optional\">", html)


@pytest.mark.parametrize(
    ("label", "widget", "sentence"),
    [
        ("Date of birth", forms.DateInput(), "Enter date of birth."),
        ("ID number", forms.TextInput(), "Enter ID number."),
        ("Department", forms.Select(), "Choose department."),
        ("How may we reach you?", forms.RadioSelect(), "Answer the question “How may we reach you?”."),
        ("I agree", forms.CheckboxInput(), "Tick the box to continue."),
    ],
)
def test_an_empty_field_is_told_what_to_do(label: str, widget: forms.Widget, sentence: str) -> None:
    assert missing_sentence(label, widget) == sentence


def test_summary_and_field_say_the_same_and_the_summary_leads_there() -> None:
    form = VisitForm({})
    summary = render_to_string("components/error_summary.html", {"form": form})
    beside = fields(form)
    links = re.findall(r'<a href="#([^"]+)">([^<]+)</a>', summary)
    assert [target for target, _ in links] == ["id_email", "id_contact_0", "id_agree"]
    ids = Tags(beside).ids
    for target, sentence in links:
        assert target in ids
        assert sentence in beside


def test_a_forms_own_sentence_is_kept() -> None:
    assert VisitForm({})["agree"].errors == ["Please agree first."]


def test_no_errors_no_summary() -> None:
    assert render_to_string("components/error_summary.html", {"form": VisitForm()}).strip() == ""


def test_typed_text_comes_back_escaped() -> None:
    html = fields(VisitForm({"email": '"><script>alert(1)</script>'}))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
