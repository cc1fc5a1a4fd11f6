"""The shared cache, when it may be away.

What guards (limits of sign-ins, codes that count once) asks the cache itself (`CACHES`): while it can't answer,
`CacheUnavailable` becomes a calm 503, because a guard that can't count must not let people by.
What is only a convenience (lists, figures) uses the functions at the end, which go on without it.
"""

from __future__ import annotations

import base64
import functools
import logging
import pickle
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from random import randrange
from typing import Any, TypeVar

from django.core.cache import cache, caches
from django.core.cache.backends import db, redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import DatabaseError, InterfaceError, OperationalError, router
from django.db import connections as databases
from django.db.transaction import atomic
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from core import clock
from core.errors import Unavailable, sqlstate

# Once it did not answer, nobody waits for it again so soon: a page asks many times.
AWAY_SECONDS = 2.0
OPERATIONS = (
    *("add", "get", "set", "touch", "delete", "incr", "has_key", "get_many", "set_many", "delete_many", "clear"),
)

logger = logging.getLogger(__name__)
Backend = TypeVar("Backend", bound=type[BaseCache])


class CacheUnavailable(Unavailable):
    """The cache does not answer, or refuses to."""


def _translated(operation: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(operation)
    def asks(self: Any, *args: Any, **kwargs: Any) -> Any:
        with self.translated():
            return operation(self, *args, **kwargs)

    return asks


def _all_translated(backend: Backend) -> Backend:
    """Class decorator: whatever is asked of this cache raises `CacheUnavailable` when it can't be had."""
    for name in OPERATIONS:
        setattr(backend, name, _translated(getattr(backend, name)))
    return backend


@_all_translated
class RedisCache(redis.RedisCache):
    """Django's, with short time-outs (hms_project/env.py), that is left alone for a moment after it did not answer."""

    _away_until = 0.0  # of all threads of this process

    @contextmanager
    def translated(self) -> Iterator[None]:
        if time.monotonic() < RedisCache._away_until:
            raise CacheUnavailable("The cache did not answer a moment ago.")
        try:
            yield
        except (RedisConnectionError, RedisTimeoutError) as error:
            RedisCache._away_until = time.monotonic() + AWAY_SECONDS
            logger.warning("The cache is away: %s", type(error).__name__)
            raise CacheUnavailable from error
        except RedisError as error:  # out of memory, read-only, loading
            raise _refused(error) from error


@_all_translated
class DatabaseCache(db.DatabaseCache):
    """Django's, which writes in one statement, and says when it can't instead of calling the row 'there already'."""

    @contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            raise _refused(error) from error

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        """One statement, where Django counts the table, asks for the row and writes it in a transaction of its own.

        The table is held to `MAX_ENTRIES` as Django does, by one in so many writes. Inside of somebody's transaction
        a failure undoes this write alone.
        """
        facts = self._facts(key, value, timeout)
        return self._write(_WRITES[mode].format(rows=_ROW, table="{table}"), facts) == 1

    def set_many(self, data: dict[str, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[str]:
        """All in one statement."""
        facts = [
            self._facts(self.make_and_validate_key(key, version=version), value, timeout) for key, value in data.items()
        ]
        if facts:
            rows = ", ".join(_ROW.replace(")s", f"_{number})s") for number in range(len(facts)))
            named = {f"{name}_{number}": fact for number, row in enumerate(facts) for name, fact in row.items()}
            self._write(_WRITES["set"].format(rows=rows, table="{table}"), named)
        return []

    def _facts(self, key: str, value: Any, timeout: Any) -> dict[str, Any]:
        until, now = self.get_backend_timeout(timeout), clock.now().replace(microsecond=0)
        expires = _NEVER if until is None else datetime.fromtimestamp(until, tz=UTC).replace(microsecond=0)
        sealed = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("latin1")
        return {"key": key, "value": sealed, "expires": expires, "now": now}

    def _write(self, statement: str, facts: dict[str, Any]) -> int:
        """Says how many rows were written."""
        wrapper = databases[router.db_for_write(self.cache_model_class)]
        alone = atomic(wrapper.alias) if wrapper.in_atomic_block else nullcontext()
        if not wrapper.in_atomic_block:
            statement = _WITHOUT_WAITING + statement
        with alone, wrapper.cursor() as cursor:
            cursor.execute(statement.format(table=wrapper.ops.quote_name(self._table)), facts)  # type: ignore[attr-defined]
            count = int(cursor.rowcount)
        if count and randrange(_CULLED_ONCE_IN) == 0:  # noqa: S311 - guards nothing
            self._make_room(wrapper)
        return count

    def _make_room(self, wrapper: Any) -> None:
        with wrapper.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {wrapper.ops.quote_name(self._table)}")  # type: ignore[attr-defined]  # noqa: S608
            (count,) = cursor.fetchone()
            if count > self._max_entries:
                self._cull(wrapper.alias, cursor, clock.now().replace(microsecond=0), count)  # type: ignore[attr-defined]


_CULLED_ONCE_IN = 200
# For this statement alone: the disk is not waited for. When the server crashes, what the last half second kept is lost.
_WITHOUT_WAITING = "SELECT set_config('synchronous_commit', 'off', TRUE); "
_NEVER = datetime.max.replace(tzinfo=UTC, microsecond=0)
_ROW = "(%(key)s, %(value)s, %(expires)s)"
_INSERT = "INSERT INTO {table} AS kept (cache_key, value, expires) VALUES {rows} "
_UPDATE = "ON CONFLICT (cache_key) DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires"
_WRITES = {
    "set": _INSERT + _UPDATE,
    "add": f"{_INSERT}{_UPDATE} WHERE kept.expires < %(now)s",
    "touch": "UPDATE {table} SET expires = %(expires)s WHERE cache_key = %(key)s",
}


def _refused(error: Exception) -> CacheUnavailable:
    """With the one line about it: whoever catches it only goes on without the cache."""
    logger.warning("The cache refuses: %s", type(error).__name__)
    return CacheUnavailable()


def drop_expired() -> int:
    """Delete what is over and nobody asks for again; Redis does so by itself. Says how many there were."""
    backend = caches["default"]
    if not isinstance(backend, DatabaseCache):
        return 0
    table = databases["default"].ops.quote_name(backend._table)  # type: ignore[attr-defined]  # noqa: SLF001
    with databases["default"].cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < now()")  # noqa: S608  a name from the settings
        return int(cursor.rowcount)


# For conveniences


def read(key: str) -> Any:
    """What is kept under `key`; None when there is nothing, or no cache."""
    return _tried(lambda: cache.get(key))


def read_many(keys: Iterable[str]) -> dict[str, Any]:
    """What is kept under each of `keys`, asked for at once; nothing when there is no cache."""
    return dict(_tried(lambda: cache.get_many(keys)) or {})


def keep_many(values: Mapping[str, Any], seconds: int) -> None:
    """As `keep`, at once."""
    _tried(lambda: cache.set_many(dict(values), seconds))


def keep(key: str, value: Any, seconds: int) -> None:
    """For whoever asks next; or not, when there is no cache."""
    _tried(lambda: cache.set(key, value, seconds))


def begin(key: str, seconds: int) -> bool:
    """Whether nobody else has begun what `key` names, or the cache can't say."""
    return _tried(lambda: cache.add(key, 1, seconds)) is not False


def forget(key: str) -> None:
    """Call it when the change is committed. While the cache is away, `keep`'s seconds say how long the old is shown."""
    with suppress(CacheUnavailable):
        _tried(lambda: cache.delete(key))


def count(key: str, seconds: int, *, by: int = 1) -> bool:
    """Add to a number all processes share. Whether it could be: not a guard, so nobody is refused when it can't."""

    def add_on() -> bool:
        cache.incr(key, by)
        return bool(cache.touch(key, seconds))  # Django's table of a cache would keep it for five minutes from now on

    return _tried(lambda: cache.add(key, by, seconds) or add_on()) is not None


def _tried(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except CacheUnavailable as error:  # a line was written where it was noticed
        if _database_is_gone(error.__cause__):
            raise  # what would be computed instead needs the same database: nobody waits for it twice
        return None
    except Exception:
        logger.exception("The cache is out of order: something in it can't be read")
        return None


def _database_is_gone(error: BaseException | None) -> bool:
    return isinstance(error, OperationalError | InterfaceError) and sqlstate(error) is None
