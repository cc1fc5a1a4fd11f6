"""An id is sent once (D3), by SQLite here and by DynamoDB's conditional writes in the cloud.

No DynamoDB runs in these tests: `Table` below is a stand-in that knows exactly the conditions and updates that
TableStore writes, word for word, and fails on any other. It shows that the logic is right if DynamoDB does what
those expressions say; it can't show that AWS accepts them.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import requests

from email_service import handler as function
from email_service import idempotency
from email_service.idempotency import LEASE_SECONDS, REMEMBER_SECONDS, ClaimResult, FileStore, StoreError, TableStore
from email_service.local import _Gateway
from email_service.senders.errors import TryLater
from email_service.senders.smtp import SmtpSender

from . import examples
from .conftest import Caller
from .sink import free_port

NOW = 1_790_000_000.0


class ConditionalCheckFailedException(Exception):
    pass


class Table:
    """A stand-in for boto3's Table, atomic as DynamoDB is for one item."""

    def __init__(self):
        self.rows = {}
        self.down = False
        self._lock = threading.Lock()
        exceptions = SimpleNamespace(ConditionalCheckFailedException=ConditionalCheckFailedException)
        self.meta = SimpleNamespace(client=SimpleNamespace(exceptions=exceptions))

    def get_item(self, *, Key, ConsistentRead):  # noqa: N803
        self._reach()
        assert ConsistentRead is True
        row = self.rows.get(Key["id"])
        return {"Item": dict(row)} if row else {}

    def put_item(self, *, Item, ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues):  # noqa: N803
        self._reach()
        with self._lock:
            self._demand(ConditionExpression, Item["id"], ExpressionAttributeNames, ExpressionAttributeValues)
            self.rows[Item["id"]] = dict(Item)

    def update_item(
        self,
        *,
        Key,  # noqa: N803
        UpdateExpression,  # noqa: N803
        ExpressionAttributeNames,  # noqa: N803
        ExpressionAttributeValues,  # noqa: N803
        ConditionExpression=None,  # noqa: N803
    ):
        self._reach()
        value = ExpressionAttributeValues
        with self._lock:
            if ConditionExpression:
                self._demand(ConditionExpression, Key["id"], ExpressionAttributeNames, value)
            changes = {
                "SET lease_until = :never": lambda: {"lease_until": value[":never"]},
                "SET #state = :sent, lease_until = :never, expires_at = :expires": lambda: {
                    "state": value[":sent"],
                    "lease_until": value[":never"],
                    "expires_at": value[":expires"],
                },
            }[UpdateExpression]()
            self.rows.setdefault(Key["id"], {"id": Key["id"]}).update(changes)

    def _demand(self, condition, key, names, value):
        assert names == {"#state": "state"}
        row = self.rows.get(key)
        holds = {
            "attribute_not_exists(id) OR (body_hash = :hash AND #state = :sending AND lease_until <= :now)": lambda: (
                row is None
                or (
                    row["body_hash"] == value[":hash"]
                    and row["state"] == value[":sending"]
                    and row["lease_until"] <= value[":now"]
                )
            ),
            "#state = :sending AND lease_token = :token": lambda: (
                row is not None and row["state"] == value[":sending"] and row["lease_token"] == value[":token"]
            ),
        }[condition]()
        if not holds:
            raise ConditionalCheckFailedException

    def _reach(self):
        if self.down:
            raise ConnectionError("no route")


@pytest.fixture(params=["file", "table"])
def store(request, tmp_path):
    return FileStore(tmp_path / "sent.sqlite3") if request.param == "file" else TableStore(Table())


def test_a_new_id_is_claimed_and_the_second_call_waits(store):
    first = store.claim("a", "hash", now=NOW)
    second = store.claim("a", "hash", now=NOW + LEASE_SECONDS - 1)

    assert (first.verdict, second.verdict) == (ClaimResult.CLAIMED, ClaimResult.IN_PROGRESS)
    assert first.token
    assert not second.token


def test_a_sent_id_is_never_sent_again(store):
    store.claim("a", "hash", now=NOW)
    store.mark_sent("a", now=NOW)

    assert store.claim("a", "hash", now=NOW + REMEMBER_SECONDS - 1).verdict is ClaimResult.ALREADY_SENT


@pytest.mark.parametrize("state", ["sending", "sent", "released", "lease over"])
def test_an_id_stays_bound_to_its_body(store, state):
    claim = store.claim("a", "hash", now=NOW)
    if state == "sent":
        store.mark_sent("a", now=NOW)
    if state == "released":
        store.release("a", claim.token)
    later = NOW + 2 * LEASE_SECONDS if state == "lease over" else NOW

    assert store.claim("a", "other", now=later).verdict is ClaimResult.OTHER_BODY


def test_a_released_id_may_be_claimed_at_once(store):
    store.release("a", store.claim("a", "hash", now=NOW).token)

    assert store.claim("a", "hash", now=NOW).verdict is ClaimResult.CLAIMED


def test_a_lease_that_ran_out_may_be_claimed_by_another(store):
    first = store.claim("a", "hash", now=NOW)
    second = store.claim("a", "hash", now=NOW + LEASE_SECONDS)

    assert second.verdict is ClaimResult.CLAIMED
    assert second.token != first.token


def test_the_loser_of_a_lease_can_not_give_the_winners_back(store):
    first = store.claim("a", "hash", now=NOW)
    store.claim("a", "hash", now=NOW + LEASE_SECONDS)
    store.release("a", first.token)

    assert store.claim("a", "hash", now=NOW + LEASE_SECONDS + 1).verdict is ClaimResult.IN_PROGRESS


def test_releasing_what_is_sent_changes_nothing(store):
    claim = store.claim("a", "hash", now=NOW)
    store.mark_sent("a", now=NOW)
    store.release("a", claim.token)

    assert store.claim("a", "hash", now=NOW + LEASE_SECONDS).verdict is ClaimResult.ALREADY_SENT


def test_of_sixteen_at_once_one_claims(store):
    barrier = threading.Barrier(16)

    def claim(_):
        barrier.wait()
        return store.claim("a", "hash", now=NOW).verdict

    with ThreadPoolExecutor(16) as pool:
        verdicts = list(pool.map(claim, range(16)))

    assert sorted(verdict.name for verdict in verdicts) == ["CLAIMED"] + ["IN_PROGRESS"] * 15


def test_two_processes_share_the_file(tmp_path):
    now = time.time()
    FileStore(tmp_path / "sent.sqlite3").claim("a", "hash", now=now)

    assert FileStore(tmp_path / "sent.sqlite3").claim("a", "hash", now=now).verdict is ClaimResult.IN_PROGRESS


def test_the_file_forgets_what_is_too_old(tmp_path):
    store = FileStore(tmp_path / "sent.sqlite3")
    store.claim("old", "hash", now=time.time() - REMEMBER_SECONDS - 1)
    store.claim("new", "hash", now=time.time())

    again = FileStore(tmp_path / "sent.sqlite3")
    assert again.claim("old", "other", now=time.time()).verdict is ClaimResult.CLAIMED
    assert again.claim("new", "other", now=time.time()).verdict is ClaimResult.OTHER_BODY


def test_a_table_out_of_reach_is_said_so():
    table = Table()
    table.down = True
    for call in (
        lambda: TableStore(table).claim("a", "hash", now=NOW),
        lambda: TableStore(table).mark_sent("a", now=NOW),
        lambda: TableStore(table).release("a", "token"),
    ):
        with pytest.raises(StoreError, match="dynamodb ConnectionError"):
            call()


@pytest.fixture(params=["file", "table"])
def each_store(request, monkeypatch, tmp_path):
    """The function over HTTP with either store."""
    if request.param == "table":
        store = TableStore(Table())
        monkeypatch.setattr(idempotency, "_table_store", lambda name: store)
        monkeypatch.delenv("IDEMPOTENCY_FILE")
        monkeypatch.setenv("IDEMPOTENCY_TABLE", "sent")


def test_the_same_call_twice_sends_once(caller, mailbox, each_store):
    answers = [caller.post("BOOKING_CONFIRMATION", id="msg_1") for _ in range(2)]

    assert [answer.json()["status"] for answer in answers] == ["sent", "already_sent"]
    assert len(mailbox.envelopes) == 1


def test_the_same_id_with_another_body_is_refused(caller, mailbox, each_store):
    caller.post("BOOKING_CONFIRMATION", id="msg_1")
    other = examples.data("BOOKING_CONFIRMATION", booking_url="https://hms.example/other/")

    answer = caller.post("BOOKING_CONFIRMATION", other, id="msg_1")

    assert (answer.status_code, answer.json()["error"]) == (409, "other_body")
    assert len(mailbox.envelopes) == 1


def test_the_same_body_with_its_fields_in_another_order_is_the_same(caller, mailbox):
    data = examples.data("BOOKING_CONFIRMATION")
    caller.post("BOOKING_CONFIRMATION", data, id="msg_1")

    assert (
        caller.post("BOOKING_CONFIRMATION", dict(reversed(data.items())), id="msg_1").json()["status"] == "already_sent"
    )


def test_sixteen_equal_calls_at_once_send_one(caller, mailbox, each_store):
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: caller.post("BOOKING_CONFIRMATION", id="msg_1"), range(16)))

    outcomes = [answer.json().get("status") or answer.json()["error"] for answer in answers]
    assert outcomes.count("sent") == 1
    assert set(outcomes) <= {"sent", "already_sent", "in_progress"}
    assert [answer for answer in answers if answer.status_code == 503 and "Retry-After" not in answer.headers] == []
    assert len(mailbox.envelopes) == 1


def test_without_the_claim_sixteen_calls_would_send_sixteen(caller, mailbox, monkeypatch):
    # The control: shows that the test above can fail.
    monkeypatch.setattr(FileStore, "claim", lambda *_, **__: idempotency.Claim(ClaimResult.CLAIMED))
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: caller.post("BOOKING_CONFIRMATION", id="msg_1"), range(16)))

    assert len(mailbox.envelopes) == 16


def test_after_a_lost_answer_the_retry_learns_that_it_was_sent(caller, mailbox, each_store, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(_Gateway, "_write", lambda gateway, *_: gateway.connection.shutdown(socket.SHUT_RDWR))
        with pytest.raises(requests.ConnectionError):
            caller.post("BOOKING_CONFIRMATION", id="msg_1")

    assert caller.post("BOOKING_CONFIRMATION", id="msg_1").json() == {"status": "already_sent"}
    assert len(mailbox.envelopes) == 1


def test_a_message_that_was_not_taken_is_sent_by_the_retry(caller, mailbox, each_store):
    mailbox.answers["RCPT"] = "451 later"
    assert caller.post("BOOKING_CONFIRMATION", id="msg_1").status_code == 503
    mailbox.answers.clear()

    assert caller.post("BOOKING_CONFIRMATION", id="msg_1").json() == {"status": "sent"}
    assert len(mailbox.envelopes) == 1


def test_without_the_store_nothing_is_sent(caller, mailbox, monkeypatch):
    def fail(*_, **__):
        raise StoreError("gone")

    monkeypatch.setattr(FileStore, "claim", fail)
    answer = caller.post("BOOKING_CONFIRMATION")

    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (
        503,
        {"error": "store_unreachable"},
        "5",
    )
    assert mailbox.envelopes == []


def test_a_store_lost_after_sending_does_not_ask_for_a_second_message(caller, mailbox, monkeypatch, capsys):
    def fail(*_, **__):
        raise StoreError("gone")

    monkeypatch.setattr(FileStore, "mark_sent", fail)

    assert caller.post("BOOKING_CONFIRMATION").json() == {"status": "sent"}
    assert '"not_recorded": "gone"' in capsys.readouterr().out


def test_a_store_lost_while_giving_back_leaves_the_true_answer(caller, mailbox, monkeypatch):
    def fail(*_, **__):
        raise StoreError("gone")

    mailbox.answers["RCPT"] = "550 nobody"
    monkeypatch.setattr(FileStore, "release", fail)

    assert caller.post("BOOKING_CONFIRMATION").status_code == 422


_KILLED_AFTER_SENDING = """
import os, signal, sys
from email_service import idempotency, local
idempotency.FileStore.mark_sent = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
sys.exit(local.main(["--port", sys.argv[1]]))
"""


def test_killed_between_sending_and_remembering_the_second_message_is_recognisable(
    mailbox, caller, tmp_path, monkeypatch
):
    """The one window in which a message goes out twice (see idempotency.py): shown, not hidden."""
    port = free_port()
    command = [sys.executable, "-c", _KILLED_AFTER_SENDING, str(port)]
    process = subprocess.Popen(command, env={**os.environ}, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    with pytest.raises(requests.ConnectionError):
        Caller(port).post("BOOKING_CONFIRMATION", id="msg_1")
    assert process.wait(120) == -signal.SIGKILL
    process.stdout.close()

    during = caller.post("BOOKING_CONFIRMATION", id="msg_1")
    clock = time.time() + LEASE_SECONDS
    monkeypatch.setattr(idempotency, "LEASE_SECONDS", 0)
    monkeypatch.setattr(function.time, "time", lambda: clock)
    after = caller.post("BOOKING_CONFIRMATION", id="msg_1")

    assert (during.status_code, during.json()) == (503, {"error": "in_progress"})
    assert (after.status_code, after.json()) == (200, {"status": "sent"})
    assert [message["Message-ID"] for message in mailbox.messages] == ["<msg_1@hospital.example>"] * 2


def test_an_unforeseen_error_while_sending_gives_the_claim_back(caller, mailbox, monkeypatch):
    def fail(*_):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(SmtpSender, "send", fail)
        assert caller.post("BOOKING_CONFIRMATION", id="msg_1").status_code == 500

    assert caller.post("BOOKING_CONFIRMATION", id="msg_1").json() == {"status": "sent"}


def test_a_retry_after_is_passed_on(caller, mailbox, monkeypatch):
    def fail(*_):
        raise TryLater("busy", retry_after=17, status=429)

    monkeypatch.setattr(SmtpSender, "send", fail)
    answer = caller.post("BOOKING_CONFIRMATION")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")
