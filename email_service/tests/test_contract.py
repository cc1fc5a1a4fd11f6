"""The contract is strict: nothing missing, nothing more, every value bounded."""

import copy
from datetime import date, timedelta
from typing import Any

import pytest

from email_service.contract import check
from email_service.fields import LONGEST_PDF, ContractError, one_line

from . import examples

OPTIONAL = {
    "EMAIL_VERIFICATION": {"code", "url"},
    "BOOKING_CANCELLED": {"calendar", "book_again_url", "was_request"},
    "APPOINTMENT_REMINDER": {"calendar", "cancel_until", "needs_confirmation"},
    "BOOKING_CONFIRMATION": {"calendar"},
    "BOOKING_NOTIFICATION": {"calendar"},
    "BOOKING_PENDING": {"calendar"},
    "BOOKING_RESCHEDULED": {"calendar", "needs_confirmation"},
    "TIMES_OFFERED": {"calendar", "needs_confirmation"},
    "DATA_ERASED": {"kept_until"},
    "MEDICAL_RECORD": {"attachment", "record_url"},
    "INVOICE": {"attachment", "invoice_url", "visit_day", "due_on"},
}


def _check(action: str, data: Any) -> dict[str, Any]:
    return check({"id": "msg_1", "action": action, "data": data}).data


def _paths(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every field of a nested object, the objects themselves included."""
    inner = (
        [found for key, item in value.items() for found in _paths(item, (*path, key))]
        if isinstance(value, dict)
        else []
    )
    return [path, *inner] if path else inner


def _with(data: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def _without(data: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    place = changed
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return changed


@pytest.mark.parametrize(("action", "data"), examples.every_example())
def test_the_examples_keep_the_contract(action, data):
    assert _check(action, data).keys() == data.keys()


@pytest.mark.parametrize("action", examples.ACTIONS)
def test_no_field_may_be_missing_unless_it_is_optional(action):
    paths = list(_paths(examples.data(action)))
    assert len(paths) > 5
    for path in paths:
        data = _without(examples.data(action), path)
        if len(path) == 1 and path[0] in OPTIONAL.get(action, ()):
            assert path[0] not in _check(action, data)
        else:
            with pytest.raises(ContractError):
                _check(action, data)


@pytest.mark.parametrize("action", examples.ACTIONS)
def test_no_field_takes_a_value_of_another_kind(action):
    paths = list(_paths(examples.data(action)))
    assert len(paths) > 5
    for path in paths:
        may_be_blank = path[-1] in ("phone", "place", "fee_text", "department") or path == ("to", "name")
        is_boolean = path[-1] in ("awaiting_approval", "needs_confirmation", "was_request")
        for value in (None, [], {}, 1.5, -1, "", "x" * 70_000, True, {"x": 1}):
            data = _with(examples.data(action), path, value)
            if (value == "" and may_be_blank) or (value is True and is_boolean):
                assert _check(action, data)
            else:
                with pytest.raises(ContractError):
                    _check(action, data)


@pytest.mark.parametrize("action", examples.ACTIONS)
def test_no_unknown_field_is_taken_at_any_level(action):
    for path in _paths(examples.data(action)):
        for extra in ((*path[:-1], "reason"), (*path[:-1], "diagnosis")):
            with pytest.raises(ContractError, match="a field that the contract does not know"):
                _check(action, _with(examples.data(action), extra, "flu"))


@pytest.mark.parametrize(
    "change", [{"extra": 1}, {"id": ""}, {"id": "a.b"}, {"id": "a" * 129}, {"id": 1}, {"action": "LOGIN"}]
)
def test_the_envelope_is_as_strict(change):
    good = {"id": "msg_1", "action": "DOCTOR_APPROVED", "data": examples.data("DOCTOR_APPROVED")}

    assert check(good).id == "msg_1"
    with pytest.raises(ContractError):
        check({**good, **change})


@pytest.mark.parametrize("action", ["LAB_RESULT", "invoice"])
def test_no_other_action_is_taken(action):
    with pytest.raises(ContractError, match=r"body\.action"):
        _check(action, examples.data("DOCTOR_APPROVED"))


def test_the_error_names_the_field_and_never_its_value():
    data = _with(examples.data("BOOKING_CONFIRMATION"), ("booking", "fee_text"), "secret " * 100)

    with pytest.raises(ContractError) as caught:
        _check("BOOKING_CONFIRMATION", data)
    assert str(caught.value) == "data.booking.fee_text: must have at most 100 characters"


def test_verification_needs_a_code_or_a_link():
    with pytest.raises(ContractError, match="a code, a url or both"):
        _check("EMAIL_VERIFICATION", examples.data("EMAIL_VERIFICATION", code=None, url=None))


@pytest.mark.parametrize(
    "changes",
    [
        {"account_exists": False},
        {"account_exists": True, "sign_up_url": examples.SITE},
        {"account_exists": False, "url": None, "expires_minutes": None},
        {"expires_minutes": None},
    ],
)
def test_a_password_reset_fits_the_account(changes):
    with pytest.raises(ContractError, match="account_exists"):
        _check("PASSWORD_RESET", examples.data("PASSWORD_RESET", **changes))


@pytest.mark.parametrize("end", ["2026-08-06T14:30:00+02:00", "2026-08-06T14:45:00+03:00"])
def test_a_visit_ends_after_it_starts(end):
    with pytest.raises(ContractError, match="after starts_at"):
        _check("BOOKING_PENDING", _with(examples.data("BOOKING_PENDING"), ("booking", "ends_at"), end))


@pytest.mark.parametrize(
    "text", ["2026-08-06", "2026-08-06T14:30:00", "1999-01-01T00:00:00Z", "tomorrow", "9999-12-31T23:59:59-12:00"]
)
def test_a_time_needs_its_offset_and_a_sane_year(text):
    with pytest.raises(ContractError, match="ISO 8601"):
        _check("BOOKING_RESCHEDULED", examples.data("BOOKING_RESCHEDULED", previous_starts_at=text))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "", "Europe", "CEST+2"])
def test_a_time_zone_is_an_iana_name(zone):
    with pytest.raises(ContractError, match="IANA"):
        _check("BOOKING_PENDING", _with(examples.data("BOOKING_PENDING"), ("booking", "time_zone"), zone))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "//evil.example/", "/login/", "https://", "https:///x", "ftp://a.example/",
        "https://a.example/\r\nBcc: x", "https://a.example/ b", 'https://a.example/"x', "https://a.example/<b>",
        "https://user@a.example/", "https://[::1", "https://a.example:99999/", "https://á.example/",
    ],
)  # fmt: skip
def test_a_link_is_an_absolute_web_address(url):
    with pytest.raises(ContractError, match="http or https"):
        _check("DOCTOR_APPROVED", examples.data("DOCTOR_APPROVED", dashboard_url=url))


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/doctor/", "https://hms.example/a/?b=c&d=e#f", "HTTPS://A.EXAMPLE"]
)
def test_ordinary_links_pass_untouched(url):
    assert _check("DOCTOR_APPROVED", examples.data("DOCTOR_APPROVED", dashboard_url=url))["dashboard_url"] == url


@pytest.mark.parametrize(
    "address",
    [
        "a", "a@", "@b.example", "a@b@c.example", "a b@c.example", "a@b c.example", "a..b@c.example", ".a@c.example",
        "a@c.example\r\nBcc: d@e.example", "a\n@c.example", "a@c.example,d@e.example", "<a@c.example>", "a@[127.0.0.1]",
        '"a b"@c.example', "a@-c.example", "a@c..example", "a" * 65 + "@c.example", "a@" + "b." * 130 + "example",
        "a\u202e@c.example", "a\u00a0@c.example", "a\x00@c.example",
    ],
)  # fmt: skip
def test_a_doubtful_address_is_refused(address):
    with pytest.raises(ContractError, match="e-mail address"):
        _check("DOCTOR_APPROVED", examples.data("DOCTOR_APPROVED", to={"email": address, "name": ""}))


@pytest.mark.parametrize(
    ("address", "clean"),
    [
        ("o'brien+test@example.com", "o'brien+test@example.com"),
        ("maría@español.example", "maría@xn--espaol-zwa.example"),
        ("संपर्क@डाटामेल.भारत", "संपर्क@xn--c2bd4bq1db8d.xn--h2brj9c"),
        ("A@Example.COM", "A@example.com"),
    ],
)
def test_addresses_of_any_script_pass(address, clean):
    data = examples.data("DOCTOR_APPROVED", to={"email": address, "name": ""})
    assert _check("DOCTOR_APPROVED", data)["to"]["email"] == clean


def test_a_strange_character_in_a_name_costs_nobody_their_message():
    data = examples.data(
        "DOCTOR_APPROVED", to={"email": "a@b.example", "name": " Ana\r\nBcc: x\x00\u202e\ud800 Á\u2028 "}
    )
    assert _check("DOCTOR_APPROVED", data)["to"]["name"] == "Ana Bcc: x Á"


@pytest.mark.parametrize("name", ["María José", "محمد الأحمد", "अनन्या शर्मा", "王小明", "می‌خواهم", "👩‍⚕️ Ana"])
def test_names_of_any_script_stay_as_they_are(name):
    assert one_line(name) == name


@pytest.mark.parametrize("field", ["filename", "method", "content"])
def test_a_calendar_is_one_whole_calendar_with_its_method(field):
    bad = {
        "filename": ["../a.ics", "a.exe", 'a".ics', "a\r\n.ics", "á.ics"],
        "method": ["PUBLISH", "CANCEL"],
        "content": ["", "BEGIN:VCALENDAR\r\nEND:VCALENDAR", "BEGIN:VCALENDAR\nMETHOD:REQUEST\n\x00\nEND:VCALENDAR"],
    }[field]
    for value in bad:
        with pytest.raises(ContractError, match=r"data\.calendar"):
            _check("BOOKING_PENDING", _with(examples.data("BOOKING_PENDING"), ("calendar", field), value))


def test_times_come_back_as_moments():
    booking = _check("BOOKING_PENDING", examples.data("BOOKING_PENDING"))["booking"]
    assert booking["starts_at"].utcoffset() == timedelta(hours=2)
    assert booking["time_zone"].key == "Europe/Madrid"


@pytest.mark.parametrize("offers", [[], [{}], "two", [None], {"starts_at": "2026-08-06T14:30:00+02:00"}])
def test_offered_times_are_a_list_of_whole_times(offers):
    with pytest.raises(ContractError, match="offers"):
        _check("TIMES_OFFERED", examples.data("TIMES_OFFERED", offers=offers))


def test_no_more_than_ten_times_are_offered():
    one = examples.data("TIMES_OFFERED")["offers"][0]
    assert len(_check("TIMES_OFFERED", examples.data("TIMES_OFFERED", offers=[one] * 10))["offers"]) == 10
    with pytest.raises(ContractError, match="offers: must be a list of 1 to 10"):
        _check("TIMES_OFFERED", examples.data("TIMES_OFFERED", offers=[one] * 11))


def test_an_offered_time_ends_after_it_starts():
    one = examples.data("TIMES_OFFERED")["offers"][0]
    with pytest.raises(ContractError, match=r"offers\[1\].ends_at: must be after starts_at"):
        _check("TIMES_OFFERED", examples.data("TIMES_OFFERED", offers=[one, one | {"ends_at": one["starts_at"]}]))


@pytest.mark.parametrize(("action", "link"), [("MEDICAL_RECORD", "record_url"), ("INVOICE", "invoice_url")])
def test_what_may_bring_a_file_comes_as_a_file_a_link_or_both(action, link):
    with pytest.raises(ContractError, match=f"an attachment, {link} or both"):
        _check(action, examples.data(action, attachment=None, **{link: None}))


@pytest.mark.parametrize("number", ["", "-1", "INV 1", "INV/1", "a" * 41, "INV-2026-1\n", "www.x.example", 1])
def test_the_number_of_an_invoice_is_letters_digits_and_hyphens(number):
    with pytest.raises(ContractError, match=r"data\.number"):
        _check("INVOICE", examples.data("INVOICE", number=number))


@pytest.mark.parametrize(
    "day", ["", "2026-02-30", "2026-8-6", "20260806", "1999-01-01", "2026-08-06T00:00:00Z", 20260806]
)
def test_a_day_is_a_date(day):
    assert _check("INVOICE", examples.data("INVOICE"))["due_on"] == date(2026, 8, 20)
    for field in ("visit_day", "due_on"):
        with pytest.raises(ContractError, match=rf"data\.{field}: must be a date"):
            _check("INVOICE", examples.data("INVOICE", **{field: day}))


@pytest.mark.parametrize("value", ["", "2026", "2026-13", "2026-7", "2026-07-01", "July 2026", 202607])
def test_a_month_is_a_year_and_a_month(value):
    assert _check("DOCTOR_MONTHLY_REPORT", examples.data("DOCTOR_MONTHLY_REPORT"))["month"] == date(2026, 7, 1)
    with pytest.raises(ContractError, match=r"data\.month: must be a month"):
        _check("DOCTOR_MONTHLY_REPORT", examples.data("DOCTOR_MONTHLY_REPORT", month=value))


def test_a_report_has_forty_figures_at_most():
    one = examples.FIGURES[0]
    checked = _check("DOCTOR_MONTHLY_REPORT", examples.data("DOCTOR_MONTHLY_REPORT", figures=[one] * 40))
    assert len(checked["figures"]) == 40
    for figures in ([], [one] * 41, [{**one, "label": ""}], [{**one, "patient": "María García"}]):
        with pytest.raises(ContractError, match=r"data\.figures"):
            _check("DOCTOR_MONTHLY_REPORT", examples.data("DOCTOR_MONTHLY_REPORT", figures=figures))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("filename", "../a.pdf"), ("filename", "a.exe"), ("filename", 'a".pdf'), ("filename", "a\r\n.pdf"),
        ("content_type", "text/html"), ("content_type", "application/pdf; x=y"),
        ("base64", "JVBERi0xLjcK*"), ("base64", "SGVsbG8="), ("base64", "JVBERi0xLjcK\n"), ("base64", "é"),
    ],
)  # fmt: skip
def test_an_attachment_is_a_pdf_under_a_plain_name(field, value):
    with pytest.raises(ContractError, match=rf"data\.attachment\.{field}"):
        _check("MEDICAL_RECORD", _with(examples.data("MEDICAL_RECORD"), ("attachment", field), value))


def test_an_attachment_has_five_mebibytes_of_base64_at_most():
    largest = examples.attachment(b"%PDF-" + b"x" * (LONGEST_PDF // 4 * 3 - 5))
    assert len(largest["base64"]) == LONGEST_PDF
    found = _check("MEDICAL_RECORD", examples.data("MEDICAL_RECORD", attachment=largest))
    assert len(found["attachment"]["base64"]) == LONGEST_PDF // 4 * 3
    too_large = examples.attachment(b"%PDF-" + b"x" * (LONGEST_PDF // 4 * 3))
    with pytest.raises(ContractError, match="at most 5 MiB"):
        _check("MEDICAL_RECORD", examples.data("MEDICAL_RECORD", attachment=too_large))
