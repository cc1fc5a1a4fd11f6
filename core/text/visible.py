"""What of a text somebody can see."""

from __future__ import annotations

import re
import unicodedata

# What nobody sees, though Unicode calls it a letter, a sign or a mark: fillers, blank Braille, choices between forms.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def visible_length(text: str) -> int:
    """How many characters of a text can be seen: no blanks, controls or joiners, so that nobody's reason is made of
    these."""
    return sum(unicodedata.category(sign)[0] not in "CZ" for sign in _BLANK.sub("", text))
