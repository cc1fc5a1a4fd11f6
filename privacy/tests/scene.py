"""Somebody in whose rows every text is a word found nowhere else, and where such a word stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.db import IntegrityError, models, transaction

from accounts.models import User
from bookings.choices import MOVED
from bookings.models import BookingStatusChange
from privacy.data_subjects import DataSubject
from privacy.register import FATES, End

_numbers = count(1000)
Place = tuple[str, str]  # table and column, or what stands for them
# What must stay as it is: a secret or a key, which is its own unique word; or what is no word at all.
OWN_WORD = {"session_key", "session_data", "password", "digest", "sealed_token", "content", "idempotency_key"}
NO_WORD = {"data", "stream", "dedupe_key", "action", "reference", "doctor_event_id", "patient_event_id", "type"}
NO_WORD |= {"time_zone", "scopes", "pseudonym", "search_name", "own_search_name", "kind"}


def word() -> str:
    return f"zq{next(_numbers)}x"


@dataclass
class Scene:
    """Somebody with everything, and what was planted where: (label, field) of the register by word."""

    person: DataSubject
    close: Callable[[User], None]
    rows: list[models.Model] = field(default_factory=list)
    words: dict[str, Place] = field(default_factory=dict)

    def planted(self, label: str, name: str) -> str:
        new = word()
        self.words[new] = (label, name)
        return new

    def plant(self, rows: Iterable[models.Model]) -> None:
        """A word of its own for each text of each row; where the database refuses one, none."""
        for row in rows:
            self.rows.append(row)
            label = row._meta.concrete_model._meta.label_lower
            for column in row._meta.concrete_fields:
                if FATES[label][column.name].end != End.NOBODYS:
                    self._plant(row, label, column)

    def _plant(self, row: models.Model, label: str, column: Any) -> None:
        value = getattr(row, column.attname)
        is_text = isinstance(column, models.CharField | models.TextField) and not column.choices
        if isinstance(row, BookingStatusChange) or column.name in OWN_WORD:
            is_a_word = isinstance(value, str) and len(value) > 5 and value != MOVED
            if is_a_word and FATES[label][column.name].end != End.KEPT:
                self.words[value] = (label, column.name)
        elif is_text and not column.remote_field and column.name not in NO_WORD:
            new = word() + ("@example.org" if "email" in column.name else "")
            try:
                with transaction.atomic():
                    row._meta.model._base_manager.filter(pk=row.pk).update(**{column.name: new})
            except IntegrityError:
                return
            self.words[new] = (label, column.name)
