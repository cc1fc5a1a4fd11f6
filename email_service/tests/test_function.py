"""Over HTTP (D1): who may call, what is answered, and that the message arrives."""

import base64
import json
from datetime import timedelta

import pytest
import requests

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
    assert caller.post_body("x" * (256 * 1024 + 1), id="msg_1").status_code == 413
    assert function.handler({"headers": {}, "body": "x" * 10**6}, None)["statusCode"] == 413


def test_an_action_not_built_yet_is_refused(caller, mailbox):
    answer = caller.post("INVOICE", examples.data("DOCTOR_APPROVED"))

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
