"""A list of all erasures outside the database: a restored backup would bring back who was erased since (docs/adr/0018).

It lies beside the backups, holds numbers and no names, and is sealed: nobody adds a line to have somebody erased.
Lines are added and never taken away, also when the database it is compared with is older.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.crypto import Unreadable, seal, unseal
from core.errors import DomainError
from privacy.models import Erasure

logger = logging.getLogger(__name__)
NAME = "erasures.list"
WAIT_SECONDS = 5.0


class ListUnreadable(DomainError):
    message = _("The list of erasures can’t be opened with FIELD_ENCRYPTION_KEYS: add the key it was sealed with.")


@dataclass(frozen=True)
class Line:
    """Whose data was erased. The instants tell two rows apart that had the same number: one of before a restore, one of
    after it."""

    user: int | None
    user_since: str
    patient: int | None
    patient_since: str
    pseudonym: str
    reason: str
    erased_by: int
    erased_at: str

    @property
    def person(self) -> tuple[int | None, str, int | None, str]:
        return self.user, self.user_since, self.patient, self.patient_since


def path() -> Path:
    return Path(settings.BACKUP_FOLDER) / NAME


def read(file: Path | None = None) -> list[Line]:
    """In order of the erasures; empty when there is no list. Raises ListUnreadable, OSError."""
    file = file or path()
    if not file.exists():
        return []
    try:
        return [Line(**unseal(line)) for line in file.read_text(encoding="ascii").split()]
    except (Unreadable, TypeError, UnicodeDecodeError):
        raise ListUnreadable from None


def keep(file: Path | None = None) -> int:
    """Write down what is not in the list yet, all of it under the newest key; says how many lines there are.

    Raises ListUnreadable, OSError.
    """
    file = file or path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(file):
        lines = {line.person: line for line in read(file)}
        lines |= {line.person: line for line in _of_the_database()}
        draft = file.with_suffix(".part")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as new:
            new.writelines(f"{seal(asdict(line))}\n" for line in lines.values())
            new.flush()
            os.fsync(new.fileno())
        draft.replace(file)
        return len(lines)


def keep_beside(folder: Path, **_: Any) -> None:
    """Beside a backup that was just made, wherever that is."""
    keep_or_say(folder / NAME)


def keep_or_say(file: Path | None = None) -> None:
    """As `keep`, for who can do nothing about a list that can't be written. Never raises, whatever the reason is: what
    has been done by then is done, and must not look as if it had failed. The next hour writes it.
    """
    try:
        keep(file)
    except Exception:
        logger.exception("The list of erasures couldn’t be written: a restored backup would bring someone back.")


def _of_the_database() -> Iterator[Line]:
    for erasure in Erasure.objects.select_related("user", "patient").order_by("pk"):
        yield Line(
            user=erasure.user_id,
            user_since=erasure.user.date_joined.isoformat() if erasure.user else "",
            patient=erasure.patient_id,
            patient_since=erasure.patient.created_at.isoformat() if erasure.patient else "",
            pseudonym=erasure.pseudonym,
            reason=erasure.reason,
            erased_by=erasure.erased_by_id,
            erased_at=erasure.erased_at.isoformat(),
        )


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    with file.with_suffix(".lock").open("a") as gate:
        _lock(gate)
        yield


def _lock(gate: IO[str]) -> None:
    """Raises BlockingIOError when another writer hangs: a page waits for the list, too."""
    ends = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.05)
        else:
            return
