"""The sheet beside a dump: what it holds, of when, and with which keys it can be read; signed against changes."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from core.backup.contents import Digest
from core.backup.errors import BackupError

NAME = "manifest.json"
DUMP = "dump"
FORMAT = 1
BLOCK = 1 << 20
MARK = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Manifest:
    """Everything here was read in the one snapshot the dump was taken from."""

    made_at: str  # ISO 8601, UTC
    database: str
    server_version: int  # major
    dumped_with: int  # major
    properties: dict[str, Any]  # of the database, for the next one to be like it
    roles: list[str]
    migrations: list[str]
    left_out: list[str]  # tables whose rows are no use to the next site
    tables: dict[str, Digest]
    rules: dict[str, Digest]
    sealed: list[list[Any]]  # [table, column, [names inside]]
    keys: list[str]  # fingerprints of FIELD_ENCRYPTION_KEYS, the writing one first
    files: dict[str, Digest] = field(default_factory=dict)  # [bytes, SHA-256]
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(int(count) for count, _digest in self.tables.values())

    def write(self, folder: Path, keys: list[str]) -> None:
        facts = asdict(self)
        signed = facts | {"signature": _signature(facts, keys[0])}
        (folder / NAME).write_text(json.dumps(signed, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path, keys: list[str]) -> Manifest:
        """Raises BackupError when it isn't there, isn't whole, was changed, or its key isn't among `keys`."""
        facts = _facts(folder)
        signature = facts.pop("signature", "")
        if facts.get("format") != FORMAT:
            raise BackupError(
                _("%(folder)s was made by another release of HMS: restore it with that one.") % {"folder": folder}
            )
        made_with = _made_with(facts)
        key = next((key for key in keys if fingerprint(key) == made_with), None)
        if made_with and key is None:
            raise missing_key(made_with)
        try:
            if key and hmac.compare_digest(signature, _signature(facts, key)):
                return cls(**facts)
        except TypeError:
            pass
        raise BackupError(
            _("The manifest of %(folder)s was changed after the backup: it is not used.") % {"folder": folder}
        )

    def check_files(self, folder: Path) -> None:
        """Whether every file is there as it was written, and no other. Raises BackupError."""
        there = {str(path.relative_to(folder)) for path in _files(folder)}
        if missing := sorted(self.files.keys() - there):
            raise BackupError(
                _("The backup is not whole: %(file)s is missing in %(folder)s.")
                % {"file": missing[0], "folder": folder}
            )
        changed = [name for name in sorted(self.files) if digest_of(folder / name) != self.files[name]]
        if wrong := [*changed, *sorted(there - self.files.keys())]:
            raise BackupError(
                _("The backup was cut off or altered: %(file)s in %(folder)s is not what was written.")
                % {"file": wrong[0], "folder": folder}
            )


def fingerprint(key: str) -> str:
    """By which a key is known without being told."""
    return hmac.new(key.encode(), b"HMS: fingerprint of a key", hashlib.sha256).hexdigest()[:16]


def missing_key(mark: str) -> BackupError:
    return BackupError(
        _(
            "The backup is sealed with the key %(mark)s, which is not in FIELD_ENCRYPTION_KEYS: add that key, kept "
            "apart from the backups, and run this again."
        )
        % {"mark": mark}
    )


def files_of(folder: Path) -> dict[str, Digest]:
    return {str(path.relative_to(folder)): digest_of(path) for path in _files(folder)}


def digest_of(path: Path) -> Digest:
    """[bytes, SHA-256]."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in _blocks(file):
            digest.update(block)
    return [path.stat().st_size, digest.hexdigest()]


def _blocks(file: Any) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in (folder / DUMP).rglob("*") if path.is_file())


def _facts(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BackupError(
            _("%(folder)s holds no finished backup: there is no %(name)s.") % {"folder": folder, "name": NAME}
        ) from None
    except (OSError, ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        raise BackupError(_("%(path)s can't be read: the backup was cut off or altered.") % {"path": path})
    return facts


def _made_with(facts: dict[str, Any]) -> str:
    """The mark of the key it says it was signed with, which nothing has vouched for yet; "" when that is no mark."""
    marks = facts.get("keys")
    newest = marks[0] if isinstance(marks, list) and marks else ""
    return newest if isinstance(newest, str) and MARK.fullmatch(newest) else ""


def _signature(facts: dict[str, Any], key: str) -> str:
    """With a key of its own, made from the one that seals."""
    own = hmac.new(key.encode(), b"HMS: signature of a backup", hashlib.sha256).digest()
    return hmac.new(own, json.dumps(facts, sort_keys=True).encode(), hashlib.sha256).hexdigest()
