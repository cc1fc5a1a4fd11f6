"""Between "taken" and the goodbye: once the provider has the message it is written down, whatever happens then."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from email_service import handler as function
from email_service.idempotency import LEASE_SECONDS
from email_service.senders.smtp import SmtpSender

from .conftest import Caller
from .sink import free_port


def test_killed_while_the_server_takes_its_time_to_part_it_is_not_sent_twice(mailbox, caller, monkeypatch):
    """Once the server has said that it has the message nothing stands between that and the mark."""
    mailbox.is_slow_to_part = True
    port = free_port()
    command = [sys.executable, "-m", "email_service.local", "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ}, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(lambda: Caller(port).post("BOOKING_CONFIRMATION", id="msg_1"))
        assert mailbox.goodbye.wait(30)
        process.kill()
        assert isinstance(call.exception(30), requests.ConnectionError)
    process.wait(10)
    process.stdout.close()
    mailbox.is_slow_to_part = False
    clock = time.time() + LEASE_SECONDS + 1
    monkeypatch.setattr(function.time, "time", lambda: clock)

    assert caller.post("BOOKING_CONFIRMATION", id="msg_1").json() == {"status": "already_sent"}
    assert len(mailbox.messages) == 1


def test_an_error_after_the_message_was_taken_is_no_reason_to_send_it_again(caller, mailbox, monkeypatch):
    send = SmtpSender.send

    def fails_late(*arguments):
        send(*arguments)
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(SmtpSender, "send", fails_late)
        assert caller.post("BOOKING_CONFIRMATION", id="msg_1").json() == {"status": "sent"}

    assert caller.post("BOOKING_CONFIRMATION", id="msg_1").json() == {"status": "already_sent"}
    assert len(mailbox.messages) == 1
