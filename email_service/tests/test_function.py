"""Over HTTP (D1): who may call, what is answered, and that the message arrives."""

import base64
import json
from datetime import timedelta

import pytest
import requests

from email_service import contract
from email_service import handler as function

from . import examples
from .conftest import NEW_SECRET, OLD_SECRET, STRANGER


def _signed_headers(caller, body):
    headers = caller.post_body(body, id="msg_1").request.headers
    return {name.title(): value for name, value in headers.items() if name.startswith("webhook")}


@pytest.mark.parametrize(("action", "data"), examples.every_example())
def test_every_message_reaches_the_mailbox(caller, mailbox, action, data):
    answer = caller.post(action, data)

    assert (answer.status_code, answer.json()) == (200, {"status": "sent"})
    [message] = mailbox.messages
    assert mailbox.envelopes[0].rcpt_tos == ["maria@example.com"]
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert "Riverside Hospital" in text
    assert '<html lang="en"' in html
    assert "$" not in text + html


def test_unsigned_call_is_refused(caller, mailbox):
    answer = requests.post(caller.url, json={"id": "a", "action": "DOCTOR_APPROVED", "data": {}}, timeout=60)

    assert (answer.status_code, answer.json()) == (401, {"error": "unsigned"})
    assert mailbox.envelopes == []


def test_call_signed_with_an_unknown_secret_is_refused(caller, mailbox):
    answer = caller.post("DOCTOR_APPROVED", secret=STRANGER)

    assert (answer.status_code, answer.json()) == (401, {"error": "wrong_signature"})
    assert mailbox.envelopes == []


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_call_six_minutes_away_is_refused(caller, mailbox, age):
    answer = caller.post("DOCTOR_APPROVED", age=age)

    assert (answer.status_code, answer.json()) == (401, {"error": "stale"})
    assert mailbox.envelopes == []


def test_call_four_minutes_old_is_accepted(caller, mailbox):
    assert caller.post("DOCTOR_APPROVED", age=timedelta(minutes=4)).status_code == 200
    assert len(mailbox.envelopes) == 1


@pytest.mark.parametrize("secret", [NEW_SECRET, OLD_SECRET])
def test_both_secrets_work_while_one_replaces_the_other(caller, mailbox, secret):
    assert caller.post("DOCTOR_APPROVED", secret=secret).status_code == 200


def test_the_old_secret_stops_working_once_taken_out(caller, mailbox, environment):
    environment.setenv("EMAIL_SERVICE_SECRETS", NEW_SECRET)

    assert caller.post("DOCTOR_APPROVED", secret=OLD_SECRET).status_code == 401


def test_signature_made_for_another_body_is_refused(caller, mailbox):
    body = json.dumps({"id": "msg_1", "action": "DOCTOR_APPROVED", "data": examples.data("DOCTOR_APPROVED")})
    signed = _signed_headers(caller, body)

    other = body.replace("maria@example.com", "mallory@example.com")
    answer = requests.post(caller.url, data=other, headers=signed, timeout=60)

    assert answer.status_code == 401
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [["maria@example.com"]]


@pytest.mark.parametrize(
    "body",
    ["", "[]", "null", "{", '{"id": "msg_1", "id": "msg_1"}', '{"id": NaN}', "[" * 100_000, '"\ud7ff"'],
    ids=["empty", "list", "null", "broken", "repeated", "nan", "deep", "text"],
)
def test_signed_nonsense_is_malformed(caller, mailbox, body):
    assert caller.post_body(body, id="msg_1").status_code == 400
    assert mailbox.envelopes == []


def test_a_field_given_twice_is_malformed(caller, mailbox):
    good = json.dumps({"id": "msg_1", "action": "DOCTOR_APPROVED", "data": examples.data("DOCTOR_APPROVED")})
    twice = good.replace('"action":', '"action": "DOCTOR_APPROVED", "action":')

    assert caller.post_body(twice, id="msg_1").json()["error"] == "malformed"
    assert mailbox.envelopes == []


def test_the_signed_id_must_be_the_id_in_the_body(caller, mailbox):
    body = json.dumps({"id": "msg_2", "action": "DOCTOR_APPROVED", "data": examples.data("DOCTOR_APPROVED")})

    answer = caller.post_body(body, id="msg_1")

    assert answer.status_code == 400
    assert answer.json() == {"error": "contract", "detail": "body.id: must be the webhook-id"}


def test_too_large_a_body_is_refused(caller, mailbox):
    largest = contract.MAX_BODY_WITH_FILE_BYTES
    for body in ("x" * (largest + 1), "é" * (largest // 2 + 1), "x" * 10**7):
        assert function.handler({"headers": {}, "body": body}, None)["statusCode"] == 413
    assert function.handler({"headers": {}, "body": "x" * largest}, None)["statusCode"] == 401  # control


def test_what_brings_no_file_may_be_as_long_as_a_letter(caller, mailbox):
    """Whatever its action says it is: one that isn't known, too."""
    good = json.dumps({"id": "msg_1", "action": "DOCTOR_APPROVED", "data": examples.data("DOCTOR_APPROVED")})

    too_long = [good, good.replace("DOCTOR_APPROVED", "LAB_RESULT")]
    assert [caller.post_body(body + " " * 256 * 1024, id="msg_1").status_code for body in too_long] == [413, 413]
    assert caller.post_body(good + " " * 200_000, id="msg_1").status_code == 200


def test_a_record_arrives_with_its_file(caller, mailbox):
    content = b"%PDF-1.7\n" + bytes(range(256)) * 4_000 + b"%%EOF\n"
    data = examples.data("MEDICAL_RECORD", attachment=examples.attachment(content))

    assert caller.post("MEDICAL_RECORD", data).json() == {"status": "sent"}
    [message] = mailbox.messages
    [file] = message.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("application/pdf", "record.pdf")
    assert file.get_payload(decode=True) == content
    assert message["Subject"] == "The record of your appointment on Thursday 6 August 2026"


def test_the_largest_file_there_may_be_arrives(caller, mailbox):
    content = b"%PDF-" + b"\x00" * (5 * 1024 * 1024 // 4 * 3 - 5)

    assert caller.post("MEDICAL_RECORD", examples.data("MEDICAL_RECORD", attachment=examples.attachment(content))).ok
    [file] = mailbox.messages[0].iter_attachments()
    assert len(file.get_payload(decode=True)) == len(content)


def test_a_record_whose_file_was_made_anew_is_the_same_message(caller, mailbox):
    """A PDF carries the moment it was made: a second try, when the first one's answer was lost, has other bytes."""
    one, other = (
        examples.data("MEDICAL_RECORD", attachment=examples.attachment(b"%PDF-1.7 made at " + moment))
        for moment in (b"9:00", b"9:01")
    )

    assert caller.post("MEDICAL_RECORD", one, id="msg_1").json() == {"status": "sent"}
    assert caller.post("MEDICAL_RECORD", other, id="msg_1").json() == {"status": "already_sent"}
    assert len(mailbox.messages) == 1
    someone_else = {**other, "to": {"email": "other@example.com", "name": ""}}
    assert caller.post("MEDICAL_RECORD", someone_else, id="msg_1").status_code == 409


def test_an_invoice_arrives_with_its_file_and_says_what_it_is_for(caller, mailbox):
    assert caller.post("INVOICE").json() == {"status": "sent"}

    [message] = mailbox.messages
    [file] = message.iter_attachments()
    text = message.get_body(("plain",)).get_content()
    assert (file.get_content_type(), file.get_filename()) == ("application/pdf", "INV-2026-000123.pdf")
    assert message["Subject"] == "Invoice INV-2026-000123 from Riverside Hospital"
    for fact in (
        "For: Appointment on Thursday 6 August 2026",
        "Total: €60.00",
        "Please pay by: Thursday 20 August 2026",
    ):
        assert fact in text


def test_a_report_arrives_with_each_figure_beside_that_of_the_month_before(caller, mailbox):
    assert caller.post("DOCTOR_MONTHLY_REPORT").json() == {"status": "sent"}

    [message] = mailbox.messages
    lines = message.get_body(("plain",)).get_content().splitlines()
    assert message["Subject"] == "Your report for July 2026 from Riverside Hospital"
    figures = lines.index("Appointments completed: 112 (June 2026: 98)")
    assert lines[figures + 1] == "Earned, without tax: €6,720.00"
    assert [*message.iter_attachments()] == []


def test_that_a_file_is_ready_arrives_with_the_link_to_its_page(caller, mailbox):
    assert caller.post("EXPORT_READY").json() == {"status": "sent"}

    [message] = mailbox.messages
    text = message.get_body(("plain",)).get_content()
    assert message["Subject"] == "Your file at Riverside Hospital is ready"
    assert "https://hms.example/exports/3f0c5b0e-3f5e-4a55-9a0e-0b9a6b0c1d2e/" in text
    assert "until Sunday 9 August 2026, 2:30pm, Madrid time (CEST)" in " ".join(text.split())


def test_an_action_there_is_not_is_refused(caller, mailbox):
    answer = caller.post("LAB_RESULT", examples.data("DOCTOR_APPROVED"))

    assert answer.status_code == 400
    assert "body.action" in answer.json()["detail"]


def test_missing_configuration_is_an_internal_error_told_only_to_the_log(caller, mailbox, environment, capsys):
    environment.delenv("EMAIL_SERVICE_SECRETS")

    answer = caller.post("DOCTOR_APPROVED")

    assert (answer.status_code, answer.json()) == (500, {"error": "internal_error"})
    assert "Set EMAIL_SERVICE_SECRETS" in json.loads(capsys.readouterr().out)["error"]


def test_an_unforeseen_error_tells_nothing(caller, mailbox, monkeypatch, capsys):
    def fail(*_, **__):
        raise RuntimeError("María García, maria@example.com")

    monkeypatch.setattr(function.messages, "compose", fail)

    answer = caller.post("DOCTOR_APPROVED")

    assert (answer.status_code, answer.json()) == (500, {"error": "internal_error"})
    logged = capsys.readouterr().out
    assert "Mar" not in logged
    assert json.loads(logged)["error"] == "RuntimeError"


@pytest.mark.parametrize(("action", "data"), examples.every_example())
def test_the_log_holds_no_personal_data(caller, mailbox, capsys, action, data):
    caller.post(action, data, id="msg_1")

    line = json.loads(capsys.readouterr().out)
    assert line.pop("duration_ms") >= 0
    assert line == {
        "event": "send-email",
        "id": "msg_1",
        "action": action,
        "provider": "smtp",
        "outcome": "sent",
        "status": 200,
    }


@pytest.mark.parametrize("encoded", [False, True], ids=["plain", "base64"])
@pytest.mark.parametrize("shape", ["rest", "rest-multi-value", "http-api"])
def test_events_of_both_gateways_are_understood(caller, mailbox, shape, encoded):
    body = json.dumps({"id": "msg_1", "action": "DOCTOR_APPROVED", "data": examples.data("DOCTOR_APPROVED")})
    headers = _signed_headers(caller, body)
    event = {
        "rest": {"httpMethod": "POST", "path": "/send-email", "headers": headers, "multiValueHeaders": None},
        "rest-multi-value": {"headers": None, "multiValueHeaders": {k: [v] for k, v in headers.items()}},
        "http-api": {
            "version": "2.0",
            "rawPath": "/dev/send-email",
            "headers": {k.lower(): v for k, v in headers.items()},
        },
    }[shape]
    text = base64.b64encode(body.encode()).decode() if encoded else body

    answer = function.handler({**event, "body": text, "isBase64Encoded": encoded}, None)

    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"status": "already_sent"})
    assert answer["isBase64Encoded"] is False


@pytest.mark.parametrize("event", [{}, {"headers": None, "body": None}, {"body": "%", "isBase64Encoded": True}])
def test_strange_events_get_an_answer(mailbox, event):
    assert function.handler(event, None)["statusCode"] in (400, 401)
