"""What can go wrong on the way out. The texts go to the log: they hold codes, never a provider's words,
because those repeat addresses."""


class Refused(Exception):
    """This message will never be taken: trying again is pointless."""


class TryLater(Exception):
    """The message was not taken this time.

    `retry_after` is in seconds, when the provider named it; `status` is what our caller is told, 429 or 503.
    """

    def __init__(self, reason: str, *, retry_after: int | None = None, status: int = 503) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.status = status
