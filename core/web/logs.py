"""One JSON object a line, each carrying the request's id. Nothing personal is logged by our own code."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="-")
actor_role: ContextVar[str] = ContextVar("actor_role", default="")  # of whoever asks; "" for nobody signed in


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class RefusalFilter(logging.Filter):
    """A request that was refused (403, 404, 400) is one line without a trace: nothing has failed, and whoever sends a
    thousand of them must not make us walk through the stack and write it down a thousand times.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR:
            record.exc_info = None
        return True


class TokenFilter(logging.Filter):
    """No token in any line: what follows the beginning of an address that ends in one is replaced, wherever it stands
    (a path, a Referer, a trace, another address's `next`). So is what Google sends with its answer, and what the
    database repeats of a row it refuses: the key of a session, somebody's name.

    A filter of handlers, and so of all loggers; `paths` are those beginnings (hms_project/token_paths.py).
    """

    def __init__(self, paths: Iterable[str]) -> None:
        super().__init__()
        beginnings = "|".join(re.escape(path).replace("/", "(?:/|%2F)") for path in paths)
        self._in_path = re.compile(rf"({beginnings})[^\s?#&\"'<>,;)\]}}]+", re.IGNORECASE)
        self._in_query = re.compile(r"((?:[?&]|%3F|%26)(?:code|state|token|key)(?:=|%3D))[^\s&\"'<>]+", re.IGNORECASE)
        self._in_row = re.compile(r"Failing row contains \([\s\S]*?(?:\)\.(?=\n)|\Z)|Key \([^\n]*?\)=\([^\n]*")

    def scrub(self, text: str) -> str:
        text = self._in_path.sub(r"\1<token>", text)
        return self._in_row.sub("<a row's values>", self._in_query.sub(r"\1<hidden>", text))

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except Exception:  # a call whose arguments don't fit: logging would say so, and not raise in the caller
            said = f"{record.msg} (its arguments don't fit)"
        record.msg, record.args = self.scrub(said), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.scrub(record.exc_text)
        return True


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
        }
        entry.update(getattr(record, "facts", {}))
        if record.exc_info:
            entry["trace"] = record.exc_text or self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)
