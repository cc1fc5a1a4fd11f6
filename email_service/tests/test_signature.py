"""Our signatures, judged by somebody else's code, and the edges of what is accepted."""

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from email_service.signature import SignatureError, decode_secret, sign, verify

from .conftest import NEW_SECRET, OLD_SECRET

NOW = 1_790_000_000
BODY = '{"name": "Ana Álvarez"}'


def _headers(**changes: str) -> dict[str, str]:
    signature = Webhook(NEW_SECRET).sign("msg_1", datetime.fromtimestamp(NOW, UTC), BODY)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": signature, **changes}


def _verify(now: float = NOW, body: str = BODY, **changes: str) -> str:
    return verify(_headers(**changes), body.encode(), secrets=[decode_secret(NEW_SECRET)], now=now)


def test_the_reference_package_accepts_what_we_sign():
    now = int(datetime.now(UTC).timestamp())
    signature = sign(secret=decode_secret(NEW_SECRET), message_id="msg_1", timestamp=now, body=BODY.encode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now), "webhook-signature": signature}

    assert Webhook(NEW_SECRET).verify(BODY, headers) == {"name": "Ana Álvarez"}


def test_we_accept_what_the_reference_package_signs():
    assert _verify() == "msg_1"


def test_the_example_of_the_specification_gives_the_signature_it_prints():
    # From the test vectors that the reference implementations share.
    signature = sign(
        secret=decode_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("away", [-300, 0, 300])
def test_five_minutes_either_way_are_tolerated(away):
    assert _verify(now=NOW + away) == "msg_1"


@pytest.mark.parametrize("away", [-301, 301, 360])
def test_more_than_five_minutes_are_not(away):
    with pytest.raises(SignatureError, match="stale"):
        _verify(now=NOW + away)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", ["", " "])
def test_each_header_is_needed(name, value):
    with pytest.raises(SignatureError):
        _verify(**{name: value})


@pytest.mark.parametrize("value", ["nan", "1e9", "-1", "٣", f"{NOW}.0", "9" * 400])
def test_a_strange_timestamp_is_refused(value):
    with pytest.raises(SignatureError, match="unsigned"):
        _verify(**{"webhook-timestamp": value})


@pytest.mark.parametrize("value", ["v1", "v1,", ",", "v2,AAAA", "v1a,AAAA", "é", "v1,é " * 100])
def test_a_strange_signature_is_refused(value):
    with pytest.raises(SignatureError, match="wrong signature"):
        _verify(**{"webhook-signature": value})


@pytest.mark.parametrize("change", ["id", "timestamp", "body"])
def test_every_signed_part_counts(change):
    changed = {
        "id": {"webhook-id": "msg_2"},
        "timestamp": {"webhook-timestamp": str(NOW + 1)},
        "body": {"body": BODY + " "},
    }[change]
    with pytest.raises(SignatureError, match="wrong signature"):
        _verify(**changed)


def test_one_good_signature_among_several_is_enough():
    assert _verify(**{"webhook-signature": "v1,AAAA " + _headers()["webhook-signature"] + " v2,BBBB"}) == "msg_1"


def test_any_of_our_secrets_may_have_signed():
    secrets = [decode_secret(OLD_SECRET), decode_secret(NEW_SECRET)]
    assert verify(_headers(), BODY.encode(), secrets=secrets, now=NOW) == "msg_1"
    with pytest.raises(SignatureError, match="wrong signature"):
        verify(_headers(), BODY.encode(), secrets=secrets[:1], now=NOW)


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_%%%%", "secret", "whsec_" + base64.b64encode(b"x" * 23).decode()]
)
def test_a_poor_secret_is_refused(text):
    with pytest.raises(ValueError, match="a secret"):
        decode_secret(text)
