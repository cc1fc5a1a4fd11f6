"""What no person can type and no browser sends: refused at the door, so that nothing behind it has to expect it.

Allowed is every character of every script, with tabs and line ends. Refused are the other control characters (NUL above
all, which PostgreSQL can't hold), bytes that are not UTF-8, and halves of characters in JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNREADABLE = "\ufffd"  # what Django puts in place of bytes that are not UTF-8
LARGEST_BODY = 5_000_000  # bytes, files and all


def refuse_unclean(request: HttpRequest) -> None:
    """Raises BadRequest (400), or RequestDataTooBig, for a request that no browser makes."""
    _refuse_controls((request.path_info,), "the address")
    _refuse_query(request)
    _refuse_controls((value for name, value in request.META.items() if name.startswith("HTTP_")), "a header")
    _refuse_controls((request.COOKIES.get(name, "") for name in _our_cookies()), "a cookie")
    if request.method in {"POST", "PUT", "PATCH"}:
        _refuse_body(request)


def _our_cookies() -> tuple[str, ...]:
    """Only ours: somebody else's odd cookie must not shut a person out."""
    return (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages")


def _refuse_controls(texts: Iterable[str], where: str) -> None:
    if any(_CONTROL.search(text) for text in texts):
        raise BadRequest(f"control character in {where}")


def _refuse_fields(fields: Any, where: str) -> None:
    _refuse_controls(fields, where)
    for _, values in fields.lists():
        _refuse_controls(values, where)


def _refuse_query(request: HttpRequest) -> None:
    raw = request.META.get("QUERY_STRING", "")
    if raw:
        _refuse_other_encodings(raw.encode("latin-1", "replace"), "the address")
        _refuse_fields(request.GET, "the address")


def _refuse_other_encodings(quoted: bytes, where: str) -> None:
    try:
        unquote_to_bytes(quoted.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise BadRequest(f"not UTF-8 in {where}") from None


def _refuse_body(request: HttpRequest) -> None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise RequestDataTooBig(f"more than {LARGEST_BODY} bytes")
    try:
        if request.content_type == "application/json":
            _refuse_json(request.body)
        elif request.content_type == "multipart/form-data":
            _refuse_multipart(request)
        elif request.content_type == "application/x-www-form-urlencoded":
            _refuse_other_encodings(request.body, "a field")
            _refuse_fields(request.POST, "a field")
    except UnreadablePostError as error:
        raise BadRequest("the connection broke off") from error


def _refuse_multipart(request: HttpRequest) -> None:
    _refuse_fields(request.POST, "a field")
    for name, values in request.POST.lists():
        if any(_UNREADABLE in text for text in (name, *values)):
            raise BadRequest("not UTF-8 in a field")
    for _, files in request.FILES.lists():
        _refuse_controls((file.name or "" for file in files), "a file's name")


def _refuse_json(body: bytes) -> None:
    """What is not JSON at all is left to the view, which says so in its own words."""
    try:
        text = body.decode()
        found = json.loads(text) if text else None
    except UnicodeDecodeError:
        raise BadRequest("not UTF-8 in the JSON") from None
    except RecursionError:
        raise BadRequest("JSON too deep") from None
    except ValueError:
        return
    texts = list(_texts_in(found))
    _refuse_controls(texts, "the JSON")
    if any("\ud800" <= character <= "\udfff" for text in texts for character in text):
        raise BadRequest("half a character in the JSON")


def _texts_in(found: Any) -> Iterable[str]:
    """Every text in parsed JSON, without recursion: it may be nested as deep as the parser goes."""
    waiting = [found]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
