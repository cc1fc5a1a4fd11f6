"""Each id is sent once: who may send, who must wait, what has been sent.

An id is claimed with a lease before it is sent and marked as sent afterwards. Two calls at once: one claims, the
other is told to come back. A process killed while sending leaves a lease that runs out, then the id may be claimed
again. `mark_sent` comes between the provider's answer that it has the message and the goodbye. If the process was
killed in between, after the provider took the message and before `mark_sent`, it goes out a second time, with the same
Message-ID: no protocol of SMTP can close that window, which is the way of one answer and one write to the store.
"""

import secrets
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from .config import Config

# Longer than any call may take (the function's own limit is 30 seconds), so that a slow call keeps its claim.
LEASE_SECONDS = 60
# Longer than any caller goes on trying.
REMEMBER_SECONDS = 30 * 24 * 3600
WAIT_SECONDS = 5


class StoreError(Exception):
    """The store can't be reached: nothing may be sent now."""


class ClaimResult(Enum):
    """What the store says about an id."""

    CLAIMED = "claimed"
    ALREADY_SENT = "already_sent"
    IN_PROGRESS = "in_progress"
    OTHER_BODY = "other_body"


@dataclass(frozen=True)
class Claim:
    """The answer to `claim`; `token` names the lease when it was granted."""

    verdict: ClaimResult
    token: str = ""


class Store(ABC):
    """Where ids are remembered. Times are seconds since 1970. Every method may raise StoreError."""

    @abstractmethod
    def claim(self, message_id: str, body_hash: str, *, now: float) -> Claim:
        """Claim the id for sending, or say why not."""

    @abstractmethod
    def mark_sent(self, message_id: str, *, now: float) -> None:
        """Remember that the provider has taken the message, whoever holds the lease by now."""

    @abstractmethod
    def release(self, message_id: str, token: str) -> None:
        """Give the claim back after a failure; the id stays bound to its body."""


def choose(config: Config) -> Store:
    """Return the store that the configuration names; a file comes before a table."""
    if config.idempotency_file:
        return _file_store(config.idempotency_file)
    return _table_store(config.idempotency_table)


@cache
def _file_store(path: str) -> "FileStore":
    return FileStore(Path(path))


@cache
def _table_store(name: str) -> "TableStore":
    # Part of the Lambda runtime, not needed locally.
    import boto3  # type: ignore[import-not-found]  # noqa: PLC0415

    return TableStore(boto3.resource("dynamodb").Table(name))


def _claim_result(row: Any, body_hash: str, *, now: float) -> ClaimResult:
    """Say what an existing row means for a call with this body."""
    if row["body_hash"] != body_hash:
        return ClaimResult.OTHER_BODY
    if row["state"] == "sent":
        return ClaimResult.ALREADY_SENT
    return ClaimResult.IN_PROGRESS if row["lease_until"] > now else ClaimResult.CLAIMED


class FileStore(Store):
    """One SQLite file, for one machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._transaction() as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS message (id TEXT PRIMARY KEY, body_hash TEXT NOT NULL, "
                "state TEXT NOT NULL CHECK (state IN ('sending', 'sent')), lease_until REAL NOT NULL, "
                "lease_token TEXT NOT NULL, expires_at INTEGER NOT NULL)"
            )
            database.execute("DELETE FROM message WHERE expires_at < ?", [int(time.time())])

    def claim(self, message_id: str, body_hash: str, *, now: float) -> Claim:
        """See Store."""
        token = secrets.token_hex(8)
        with self._transaction() as database:
            row = database.execute("SELECT * FROM message WHERE id = ?", [message_id]).fetchone()
            verdict = _claim_result(row, body_hash, now=now) if row else ClaimResult.CLAIMED
            if verdict is not ClaimResult.CLAIMED:
                return Claim(verdict)
            database.execute(
                "INSERT OR REPLACE INTO message VALUES (?, ?, 'sending', ?, ?, ?)",
                [message_id, body_hash, now + LEASE_SECONDS, token, int(now) + REMEMBER_SECONDS],
            )
        return Claim(verdict, token)

    def mark_sent(self, message_id: str, *, now: float) -> None:
        """See Store."""
        with self._transaction() as database:
            database.execute(
                "UPDATE message SET state = 'sent', lease_until = 0, expires_at = ? WHERE id = ?",
                [int(now) + REMEMBER_SECONDS, message_id],
            )

    def release(self, message_id: str, token: str) -> None:
        """See Store."""
        with self._transaction() as database:
            database.execute(
                "UPDATE message SET lease_until = 0 WHERE id = ? AND lease_token = ? AND state = 'sending'",
                [message_id, token],
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the file's write lock from the first read to the commit."""
        try:
            database = sqlite3.connect(self._path, timeout=4, isolation_level=None)
            database.row_factory = sqlite3.Row
            try:
                database.execute("BEGIN IMMEDIATE")
                with database:
                    yield database
            finally:
                database.close()
        except sqlite3.Error as error:
            raise StoreError(f"sqlite {type(error).__name__}") from None


class TableStore(Store):
    """A DynamoDB table with the key `id` and time to live on `expires_at` (see serverless.yml)."""

    # "state" is a reserved word in DynamoDB, hence the placeholder.
    CAN_CLAIM = "attribute_not_exists(id) OR (body_hash = :hash AND #state = :sending AND lease_until <= :now)"
    HOLDS_LEASE = "#state = :sending AND lease_token = :token"

    def __init__(self, table: Any) -> None:
        self._table = table

    def claim(self, message_id: str, body_hash: str, *, now: float) -> Claim:
        """See Store."""
        token = secrets.token_hex(8)
        try:
            with self._errors():
                self._table.put_item(
                    Item={
                        "id": message_id,
                        "body_hash": body_hash,
                        "state": "sending",
                        "lease_until": int(now) + LEASE_SECONDS,
                        "lease_token": token,
                        "expires_at": int(now) + REMEMBER_SECONDS,
                    },
                    ConditionExpression=self.CAN_CLAIM,
                    ExpressionAttributeNames={"#state": "state"},
                    ExpressionAttributeValues={
                        ":hash": body_hash,
                        ":sending": "sending",
                        ":now": int(now),
                    },
                )
        except _ConditionFailed:
            return Claim(self._verdict(message_id, body_hash, now=now))
        return Claim(ClaimResult.CLAIMED, token)

    def _verdict(self, message_id: str, body_hash: str, *, now: float) -> ClaimResult:
        with self._errors():
            row = self._table.get_item(Key={"id": message_id}, ConsistentRead=True).get("Item")
        if row is None:
            return ClaimResult.IN_PROGRESS
        verdict = _claim_result(row, body_hash, now=int(now))
        # Free by now, but somebody else was first a moment ago: the caller comes back and finds out.
        return ClaimResult.IN_PROGRESS if verdict is ClaimResult.CLAIMED else verdict

    def mark_sent(self, message_id: str, *, now: float) -> None:
        """See Store."""
        with self._errors():
            self._table.update_item(
                Key={"id": message_id},
                UpdateExpression="SET #state = :sent, lease_until = :never, expires_at = :expires",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={
                    ":sent": "sent",
                    ":never": 0,
                    ":expires": int(now) + REMEMBER_SECONDS,
                },
            )

    def release(self, message_id: str, token: str) -> None:
        """See Store."""
        try:
            with self._errors():
                self._table.update_item(
                    Key={"id": message_id},
                    UpdateExpression="SET lease_until = :never",
                    ConditionExpression=self.HOLDS_LEASE,
                    ExpressionAttributeNames={"#state": "state"},
                    ExpressionAttributeValues={":never": 0, ":sending": "sending", ":token": token},
                )
        except _ConditionFailed:
            pass  # somebody else holds the lease, or it is sent: nothing of ours to give back

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except self._table.meta.client.exceptions.ConditionalCheckFailedException:
            raise _ConditionFailed from None
        except Exception as error:  # botocore's errors share no useful base with its HTTP errors
            raise StoreError(f"dynamodb {type(error).__name__}") from None


class _ConditionFailed(Exception):
    """DynamoDB's way of saying that another call was first."""
