"""The cookie that says something typed may wait: the page's script sets the same one as the server."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

from django.http import HttpResponse

from accounts.drafts import cookie


def test_script_and_server_set_the_same_cookie_also_in_production(settings: Any) -> None:
    settings.DRAFT_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = "__Host-hms_typed", True
    response = HttpResponse()
    cookie.set_on(response)
    by_server, by_script = (jar["__Host-hms_typed"] for jar in (response.cookies, SimpleCookie(cookie.as_text())))

    # What a browser asks of a name that begins so, and of a cookie that a script may set.
    assert (by_script["secure"], by_script["path"], by_script["domain"], by_script["httponly"]) == (True, "/", "", "")
    assert by_script["max-age"] == str(settings.FORM_DRAFT_MINUTES * 60)
    told_twice = {name: value for name, value in by_server.items() if name not in {"expires", "max-age"}}
    assert told_twice == {name: by_script[name] for name in told_twice}
    assert by_server["max-age"] == settings.FORM_DRAFT_MINUTES * 60
