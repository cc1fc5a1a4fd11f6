"""Dates as "Sun 22 Nov 2026" and times as "1:42pm". What is not named here is Django's own for Britain.

That it is "pm", not "p.m.", stands in `hms_project/locale`: to Django these are words to translate.
"""

from __future__ import annotations

DATE_FORMAT = "D j M Y"
TIME_FORMAT = "g:ia"
DATETIME_FORMAT = "D j M Y, g:ia"
