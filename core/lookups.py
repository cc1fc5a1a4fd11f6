"""Questions to the database about folded text (core/text/folding.py) and telephone numbers."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import CharField, Lookup, Transform


@CharField.register_lookup
class Digits(Transform):
    """`phone__digits`: a number without the blanks, brackets and hyphens people write between its digits."""

    lookup_name = "digits"
    template = "REGEXP_REPLACE(%(expressions)s, '[^0-9]', '', 'g')"
    output_field = CharField()


@CharField.register_lookup
class Letters(Transform):
    """`search_name__letters`: a folded name without its blanks, for comparing with `same_letters`."""

    lookup_name = "letters"
    template = "REPLACE(%(expressions)s, ' ', '')"
    output_field = CharField()


@CharField.register_lookup
class ContainsWord(Lookup):  # type: ignore[type-arg]
    """`search_name__holds_word`: the folded text has a word of a query, anywhere, or across blanks from the beginning
    of one of its words. `core.text.folding.holds_word` is the same in Python.

    The slow question, with a pattern, is only asked of rows that have the letters in this order.
    """

    lookup_name = "holds_word"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        text, params = self.process_lhs(compiler, connection)
        word = str(self.rhs)
        like = f"%{connection.ops.prep_for_like_query(word)}%"
        pattern = "(^| )" + " ?".join(re.escape(letter) for letter in word)
        sql = f"({text} LIKE %s OR (REPLACE({text}, ' ', '') LIKE %s AND {text} ~ %s))"
        return sql, [*params, like, *params, like, *params, pattern]
