"""The one road past the triggers that keep a history, and an erased person, as they are (docs/adr/0012)."""

from __future__ import annotations

from django.db import connection, transaction


class erasure_allowed:  # noqa: N801  reads as what it does
    """For the rest of the transaction's block the history lets its typed text go (bookings/models.py), and what is
    erased already lets itself be erased further (accounts/models.py)."""

    def __enter__(self) -> None:
        if not transaction.get_connection().in_atomic_block:
            raise RuntimeError("erasing must run inside the transaction that is audited")
        self._say("yes")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:  # else the transaction is over, and with it what was said
            self._say("")

    def _say(self, what: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('hms.erasing', %s, TRUE)", [what])
