"""Mailgun's HTTP API, with the finished message (https://documentation.mailgun.com, messages.mime)."""

import re
from collections.abc import Callable
from http import HTTPStatus

import requests

from ..config import Mailgun
from ..mime import Parcel
from .errors import Refused, TryLater

CONNECT_SECONDS = 4
ANSWER_SECONDS = 10
LONGEST_RETRY_AFTER = 3600
CLIENT_ERROR = 4
# Wrong key, unpaid or unknown domain, time-out, too many: ours to mend or to wait for, not the recipient's fault.
_NOT_THE_MESSAGE = frozenset({401, 402, 403, 404, 408, 425, 429})


class MailgunSender:
    """Sends through one Mailgun domain."""

    name = "mailgun"

    def __init__(self, settings: Mailgun) -> None:
        self._settings = settings

    def send(self, parcel: Parcel, taken: Callable[[], None]) -> None:
        """Hand the parcel over; `taken` is called the moment Mailgun has it, before the connection is closed.

        Raises Refused for a lasting answer, TryLater for anything else.
        """
        try:
            # The body of the answer is never read: the status says all we need, and it could be endless.
            with requests.post(
                f"{self._settings.base_url}/v3/{self._settings.domain}/messages.mime",
                auth=("api", self._settings.api_key),
                data={"to": parcel.recipient},
                files={"message": ("message.eml", parcel.content, "message/rfc822")},
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as answer:
                status = answer.status_code
                if status == HTTPStatus.OK:
                    taken()
                retry_after = answer.headers.get("Retry-After", "")
        except requests.RequestException as error:
            raise TryLater(f"mailgun {type(error).__name__}") from None
        _raise_for_status(status, retry_after)


def _raise_for_status(status: int, retry_after: str) -> None:
    if status == HTTPStatus.OK:
        return
    if status // 100 == CLIENT_ERROR and status not in _NOT_THE_MESSAGE:
        raise Refused(f"mailgun {status}")
    told = 429 if status == HTTPStatus.TOO_MANY_REQUESTS else 503
    raise TryLater(f"mailgun {status}", retry_after=_seconds(retry_after), status=told)


def _seconds(text: str) -> int | None:
    if re.fullmatch(r"[0-9]{1,7}", text):
        return min(int(text), LONGEST_RETRY_AFTER)
    return None
