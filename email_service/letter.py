"""A message as plain facts, before it becomes text and HTML."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """A label and the address it leads to."""

    label: str
    url: str


@dataclass(frozen=True)
class Letter:
    """One message: every string is plain text on one line, nothing is escaped yet."""

    subject: str
    heading: str
    opening: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    code: str = ""
    button: Link | None = None
    closing: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
