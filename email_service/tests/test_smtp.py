"""Sending by SMTP: encryption, passwords, refusals, and servers that misbehave."""

import socket
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from email_service.senders import smtp

from . import examples, sink


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost that signs itself, and a server context that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(plain + made.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context


@pytest.fixture
def secure_mailbox(environment, certificate):
    """A server that offers STARTTLS and takes mail only from those who sign in."""
    file, context = certificate
    with sink.running(tls=context, auth_required=True) as running:
        environment.setenv("SMTP_HOST", "localhost")
        environment.setenv("SMTP_PORT", str(running.port))
        environment.setenv("SMTP_USER", "mailer")
        environment.setenv("SMTP_PASSWORD", "right")
        environment.setenv("SSL_CERT_FILE", str(file))
        yield running


def test_mail_is_encrypted_and_signed_in(caller, secure_mailbox):
    assert caller.post("BOOKING_CONFIRMATION").json() == {"status": "sent"}
    assert secure_mailbox.encrypted == [True]
    assert secure_mailbox.passwords == [b"right"]


def test_encryption_is_used_whenever_offered(caller, environment, certificate):
    file, context = certificate
    environment.setenv("SSL_CERT_FILE", str(file))
    environment.setenv("SMTP_HOST", "localhost")
    with sink.running(tls=context, require_starttls=True) as running:
        environment.setenv("SMTP_PORT", str(running.port))
        assert caller.post("BOOKING_CONFIRMATION").json() == {"status": "sent"}
        assert running.encrypted == [True]


def test_a_certificate_nobody_vouches_for_stops_the_password(caller, secure_mailbox, environment, capsys):
    environment.delenv("SSL_CERT_FILE")

    assert caller.post("BOOKING_CONFIRMATION").status_code == 503
    assert "SSLCertVerificationError" in capsys.readouterr().out
    assert secure_mailbox.passwords == []


def test_a_password_never_travels_in_the_clear(caller, mailbox, environment, capsys):
    environment.setenv("SMTP_USER", "mailer")
    environment.setenv("SMTP_PASSWORD", "right")

    assert caller.post("BOOKING_CONFIRMATION").status_code == 503
    assert "no encryption" in capsys.readouterr().out
    assert mailbox.passwords == []


def test_a_wrong_password_is_ours_to_mend_so_the_message_waits(caller, secure_mailbox, environment, capsys):
    environment.setenv("SMTP_PASSWORD", "wrong")

    assert caller.post("BOOKING_CONFIRMATION").status_code == 503
    logged = capsys.readouterr().out
    assert "SMTPAuthenticationError 535" in logged
    assert "wrong" not in logged


@pytest.mark.parametrize(
    ("step", "answer", "status"),
    [
        ("RCPT", "550 5.1.1 no such maria@example.com", 422),
        ("RCPT", "553 not here", 422),
        ("RCPT", "450 mailbox busy", 503),
        ("RCPT", "530 5.7.0 sign in first", 503),
        ("DATA", "554 5.7.1 looks like spam", 422),
        ("DATA", "552 too big", 422),
        ("DATA", "451 try later", 503),
        ("MAIL", "550 we don't know you", 503),
        ("MAIL", "421 busy", 503),
    ],
)
def test_a_lasting_refusal_is_told_from_a_passing_one(  # noqa: PLR0917
    caller, mailbox, capsys, step, answer, status
):
    mailbox.answers[step] = answer

    reply = caller.post("BOOKING_CONFIRMATION")

    assert reply.status_code == status
    assert "maria" not in capsys.readouterr().out + reply.text


def test_nobody_listening_means_try_later(caller, environment):
    environment.setenv("SMTP_HOST", "127.0.0.1")
    environment.setenv("SMTP_PORT", str(sink.free_port()))

    assert caller.post("BOOKING_CONFIRMATION").status_code == 503


@contextmanager
def _rude_server(talk):
    """A server of one connection that does as `talk` says."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection:
                talk(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def _until_closed(connection):
    while connection.recv(4096):
        pass


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"554 go away\r\n", b"\x00" * 9000])
def test_a_server_that_does_not_speak_smtp_means_try_later(caller, environment, greeting):
    def talk(connection):
        connection.sendall(greeting)

    with _rude_server(talk) as port:
        environment.setenv("SMTP_HOST", "127.0.0.1")
        environment.setenv("SMTP_PORT", str(port))
        assert caller.post("BOOKING_CONFIRMATION").status_code == 503


def test_a_silent_server_is_given_up(caller, environment, monkeypatch):
    monkeypatch.setattr(smtp, "STEP_SECONDS", 0.2)
    with _rude_server(_until_closed) as port:
        environment.setenv("SMTP_HOST", "127.0.0.1")
        environment.setenv("SMTP_PORT", str(port))
        assert caller.post("BOOKING_CONFIRMATION").status_code == 503


def test_a_server_that_drips_is_cut_off(caller, environment, monkeypatch):
    monkeypatch.setattr(smtp, "TOTAL_SECONDS", 0.3)

    def drip(connection):
        connection.sendall(b"220 hello\r\n")
        try:
            while True:
                connection.sendall(b"250-and so on\r\n")
                time.sleep(0.02)
        except OSError:
            pass

    with _rude_server(drip) as port:
        environment.setenv("SMTP_HOST", "127.0.0.1")
        environment.setenv("SMTP_PORT", str(port))
        assert caller.post("BOOKING_CONFIRMATION").status_code == 503  # the server itself would drip for ever


def test_an_address_of_another_script_arrives(caller, mailbox):
    to = {"email": "संपर्क@डाटामेल.भारत", "name": "अनन्या शर्मा"}

    assert caller.post("DOCTOR_APPROVED", examples.data("DOCTOR_APPROVED", to=to)).json() == {"status": "sent"}
    [envelope] = mailbox.envelopes
    assert envelope.rcpt_tos == ["संपर्क@xn--c2bd4bq1db8d.xn--h2brj9c"]
    assert "SMTPUTF8" in envelope.mail_options
    assert mailbox.messages[0]["To"].addresses[0].display_name == "अनन्या शर्मा"


def test_an_address_the_server_can_not_take_is_refused_for_ever(caller, environment):
    to = {"email": "maría@example.com", "name": "María"}
    environment.setenv("SMTP_HOST", "127.0.0.1")
    with sink.running(enable_SMTPUTF8=False) as running:
        environment.setenv("SMTP_PORT", str(running.port))
        assert caller.post("DOCTOR_APPROVED", examples.data("DOCTOR_APPROVED", to=to)).status_code == 422
        assert running.envelopes == []


def test_a_line_with_a_single_dot_does_not_end_the_message(caller, mailbox):
    data = examples.data("DOCTOR_APPROVED", hospital={"name": ".", "phone": "", "url": examples.SITE})

    assert caller.post("DOCTOR_APPROVED", data).json() == {"status": "sent"}
    text = mailbox.messages[0].get_body(("plain",)).get_content()
    assert "." in text.splitlines()
    assert text.splitlines()[-1].startswith("This message was sent automatically.")
