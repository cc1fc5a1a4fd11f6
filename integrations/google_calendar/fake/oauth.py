"""OAuth 2 as Google speaks it: https://developers.google.com/identity/protocols/oauth2/web-server"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit

from integrations.google_calendar.fake import pages
from integrations.google_calendar.fake.answers import Answer, Problem, json_answer, oauth_problem, redirect
from integrations.google_calendar.fake.store import ACCESS_SECONDS, CODE_SECONDS, Consent, FakeStore

Fields = Mapping[str, str]
CLIENTS = {"stand-in": "stand-in-secret"}
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def ask(store: FakeStore, query: Fields, _: Fields) -> Answer:
    """The consent page."""
    _check_request(query)
    return pages.consent(list(store.calendars), query)


def decide(store: FakeStore, query: Fields, form: Fields) -> Answer:
    """What the person pressed there."""
    _check_request(query)
    back = {"state": query["state"]} if "state" in query else {}
    if form.get("decision") != "allow":
        return _back(query, back | {"error": "access_denied"})
    email = form.get("other", "").strip() or form.get("account", "")
    if not _EMAIL.fullmatch(email):
        raise Problem(pages.sorry("Choose an account."))
    granted = [scope for scope in query["scope"].split() if form.get(f"scope:{scope}") == "on"]
    consent = Consent(
        email=email.lower(),
        client_id=query["client_id"],
        redirect_uri=query["redirect_uri"],
        challenge=query["code_challenge"],
        scopes=granted,
        # Later consents bring no refresh token unless consent was asked for again.
        offline=query.get("access_type") == "offline" and query.get("prompt") == "consent",
        made_at=time.time(),
    )
    return _back(query, back | {"code": store.allow(consent), "scope": " ".join(granted)})


def _back(query: Fields, answer: dict[str, str]) -> Answer:
    return redirect(f"{query['redirect_uri']}?{urlencode(answer)}")


def _check_request(query: Fields) -> None:
    """Google shows its own page for these, and never sends the browser to an address it does not know."""
    wrong = {
        "invalid_client": query.get("client_id") not in CLIENTS,
        "redirect_uri_mismatch": not _is_home(query.get("redirect_uri", "")),
        "unsupported_response_type": query.get("response_type") != "code",
        "invalid_scope": not query.get("scope"),
        "invalid_request: code_challenge": query.get("code_challenge_method") != "S256"
        or not _CHALLENGE.fullmatch(query.get("code_challenge", "")),
    }
    for error, is_wrong in wrong.items():
        if is_wrong:
            raise Problem(pages.sorry(f"Error 400: {error}"))


def _is_home(address: str) -> bool:
    return urlsplit(address).hostname in {"localhost", "127.0.0.1", "testserver"}


def token(store: FakeStore, _: Fields, form: Fields) -> Answer:
    """The token endpoint: a code, or a refresh token, for an access token."""
    grants: dict[str, Callable[[FakeStore, Fields], Answer]] = {
        "authorization_code": _exchange,
        "refresh_token": _refresh,
    }
    if form.get("client_id") not in CLIENTS or CLIENTS[form["client_id"]] != form.get("client_secret"):
        raise oauth_problem("invalid_client", "Unauthorized", 401)
    if form.get("grant_type") not in grants:
        raise oauth_problem("unsupported_grant_type")
    return grants[form["grant_type"]](store, form)


def _exchange(store: FakeStore, form: Fields) -> Answer:
    with store.lock:
        consent = store.codes.pop(form.get("code", ""), None)
    if consent is None or time.time() - consent.made_at > CODE_SECONDS:
        raise oauth_problem("invalid_grant", "Malformed auth code.")
    if consent.client_id != form["client_id"]:
        raise oauth_problem("invalid_grant", "The code is another client's.")
    if consent.redirect_uri != form.get("redirect_uri"):
        raise oauth_problem("redirect_uri_mismatch", "Bad Request")
    if not consent.verifies(form.get("code_verifier", "")):
        raise oauth_problem("invalid_grant", "Invalid code verifier.")
    given = _access(store, consent.email, consent.client_id, consent.scopes)
    if consent.offline:
        given["refresh_token"] = store.refresh_token_for(consent)
    return json_answer(given)


def _refresh(store: FakeStore, form: Fields) -> Answer:
    grant = store.refresh_tokens.get(form.get("refresh_token", ""))
    if grant is None or grant.client_id != form["client_id"]:
        raise oauth_problem("invalid_grant", "Token has been expired or revoked.")
    return json_answer(_access(store, grant.email, grant.client_id, grant.scopes))


def _access(store: FakeStore, email: str, client_id: str, scopes: list[str]) -> dict[str, object]:
    token = store.access_token_for(email, client_id, scopes)
    return {"access_token": token, "expires_in": ACCESS_SECONDS, "scope": " ".join(scopes), "token_type": "Bearer"}


def revoke(store: FakeStore, _: Fields, form: Fields) -> Answer:
    """https://datatracker.ietf.org/doc/html/rfc7009, but Google answers 400 for a token it does not know."""
    grant = store.who_holds(form.get("token", ""))
    if grant is None:
        raise oauth_problem("invalid_token", "Token expired or revoked")
    store.revoke(grant.email)
    return json_answer({})
