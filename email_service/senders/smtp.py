"""SMTP with STARTTLS (or TLS from the start on port 465)."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ..config import Smtp
from ..mime import Parcel
from .errors import Refused, TryLater

STEP_SECONDS = 5  # waiting for one answer of the server
TOTAL_SECONDS = 20  # the whole conversation; stays below the lease in idempotency.py
IMPLICIT_TLS_PORT = 465
_READY, _TAKEN, _LASTING = 220, frozenset({250, 251}), 5
# "Authenticate first" and its relatives: our set-up is wrong, not the recipient.
_OUR_FAULT = frozenset({530, 534, 535, 538})


class SmtpSender:
    """Sends over one fresh connection for each message."""

    name = "smtp"

    def __init__(self, settings: Smtp) -> None:
        self._settings = settings

    def send(self, parcel: Parcel, taken: Callable[[], None]) -> None:
        """Hand the parcel over; `taken` is called the moment the server has it, before the goodbye.

        Raises Refused for a lasting answer, TryLater for anything else; neither once it has been taken.
        """
        try:
            with self._connection(parcel) as server:
                self._secure(server)
                self._hand_over(server, parcel, taken)
        except smtplib.SMTPResponseException as error:
            raise TryLater(f"smtp {type(error).__name__} {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise TryLater(f"smtp {type(error).__name__}") from None

    @contextmanager
    def _connection(self, parcel: Parcel) -> Iterator[smtplib.SMTP]:
        server = self._connect(parcel.sender.rpartition("@")[2])
        # A time limit per answer does not stop a server that sends one byte now and then; this does.
        watchdog = threading.Timer(TOTAL_SECONDS, _cut, [server])
        watchdog.daemon = True
        watchdog.start()
        try:
            yield server
        finally:
            watchdog.cancel()
            server.close()

    def _connect(self, own_name: str) -> smtplib.SMTP:
        host, port = self._settings.host, self._settings.port
        if port == IMPLICIT_TLS_PORT:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, own_name, timeout=STEP_SECONDS, context=context)
        return smtplib.SMTP(host, port, own_name, timeout=STEP_SECONDS)

    def _secure(self, server: smtplib.SMTP) -> None:
        """Encrypt when offered; a password never travels in the clear."""
        encrypted = self._settings.port == IMPLICIT_TLS_PORT
        server.ehlo_or_helo_if_needed()
        if not encrypted and server.has_extn("starttls"):
            code, _ = server.starttls(context=ssl.create_default_context())
            encrypted = code == _READY
        if self._settings.user:
            if not encrypted:
                raise TryLater("smtp server offers no encryption, password kept back")
            server.login(self._settings.user, self._settings.password)

    def _hand_over(self, server: smtplib.SMTP, parcel: Parcel, taken: Callable[[], None]) -> None:
        server.ehlo_or_helo_if_needed()
        options = []
        if parcel.needs_utf8_address:
            if not server.has_extn("smtputf8"):
                raise Refused("smtp server takes no international addresses")
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        code, _ = server.mail(parcel.sender, options)
        if code not in _TAKEN:
            raise TryLater(f"smtp sender refused {code}")
        _raise_for_reply(server.rcpt(parcel.recipient)[0], "recipient")
        _raise_for_reply(server.data(parcel.content)[0], "content")
        # From here on the server has the message: whatever happens to the goodbye, it is sent. The goodbye may take
        # as long as the server likes, and who is killed meanwhile must have written down that it was sent.
        taken()
        with suppress(smtplib.SMTPException, OSError):
            server.quit()


def _raise_for_reply(code: int, what: str) -> None:
    if code in _TAKEN:
        return
    if code // 100 == _LASTING and code not in _OUR_FAULT:
        raise Refused(f"smtp {what} refused {code}")
    raise TryLater(f"smtp {what} refused {code}")


def _cut(server: smtplib.SMTP) -> None:
    if server.sock:
        with suppress(OSError):
            server.sock.shutdown(socket.SHUT_RDWR)
