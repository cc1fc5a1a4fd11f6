"""What a stand-in says: answers, and errors in Google's own shapes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def json_answer(value: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status, json.dumps(value).encode(), headers=headers)


def redirect(address: str) -> Answer:
    return Answer(303, headers={"Location": address})


class Problem(Exception):
    """Raised anywhere; carries the answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def api_problem(status: int, reason: str, message: str = "", domain: str = "global", **headers: str) -> Problem:
    """https://developers.google.com/workspace/calendar/api/guides/errors"""
    text = message or reason
    error = {"code": status, "message": text, "errors": [{"domain": domain, "reason": reason, "message": text}]}
    return Problem(json_answer({"error": error}, status, **headers))


def oauth_problem(error: str, description: str = "", status: int = 400) -> Problem:
    """https://datatracker.ietf.org/doc/html/rfc6749#section-5.2"""
    return Problem(json_answer({"error": error, "error_description": description or error}, status))
