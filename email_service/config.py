"""Configuration, from the environment only. What is missing or wrong is said in one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .fields import ContractError, email, one_line
from .signature import decode_secret

HIGHEST_PORT = 65535
MAILGUN_US = "https://api.mailgun.net"


class ConfigError(Exception):
    """A variable is missing or wrong; the text says which one to set and holds no secret."""


@dataclass(frozen=True)
class Smtp:
    """An SMTP server; port 465 speaks TLS from the start, any other may offer STARTTLS."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Mailgun:
    """A Mailgun sending domain; `base_url` differs for the EU region."""

    domain: str
    base_url: str
    api_key: str = field(repr=False)


@dataclass(frozen=True)
class Config:
    """Everything one call needs to know."""

    provider: Smtp | Mailgun
    from_email: str
    from_name: str
    idempotency_file: str
    idempotency_table: str
    secrets: tuple[bytes, ...] = field(repr=False)


def load(environ: Mapping[str, str]) -> Config:
    """Read the configuration. Raises ConfigError."""
    clean = {name: value.strip() for name, value in environ.items()}
    file, table = clean.get("IDEMPOTENCY_FILE", ""), clean.get("IDEMPOTENCY_TABLE", "")
    if not (file or table):
        raise ConfigError(
            "Set IDEMPOTENCY_TABLE to a DynamoDB table, or IDEMPOTENCY_FILE to a file path "
            "when running locally, so that no message is sent twice."
        )
    return Config(
        provider=_provider(clean),
        from_email=_from_email(clean),
        from_name=one_line(clean.get("FROM_NAME", "")),
        idempotency_file=file,
        idempotency_table=table,
        secrets=_secrets(clean),
    )


def _provider(environ: Mapping[str, str]) -> Smtp | Mailgun:
    smtp, mailgun = environ.get("SMTP_HOST", ""), environ.get("MAILGUN_API_KEY", "")
    if smtp and mailgun:
        raise ConfigError("Set SMTP_HOST or MAILGUN_API_KEY, not both: only one can send the mail.")
    if smtp:
        return _smtp(environ)
    if mailgun:
        return _mailgun(environ)
    raise ConfigError("Set SMTP_HOST, or MAILGUN_API_KEY and MAILGUN_DOMAIN, to say who sends the mail.")


def _smtp(environ: Mapping[str, str]) -> Smtp:
    port = environ.get("SMTP_PORT", "") or "587"
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= HIGHEST_PORT):
        raise ConfigError("Set SMTP_PORT to a port number, for example 587.")
    user, password = environ.get("SMTP_USER", ""), environ.get("SMTP_PASSWORD", "")
    if bool(user) != bool(password):
        raise ConfigError("Set SMTP_USER and SMTP_PASSWORD together, or neither of them.")
    return Smtp(host=environ["SMTP_HOST"], port=int(port), user=user, password=password)


def _mailgun(environ: Mapping[str, str]) -> Mailgun:
    domain = environ.get("MAILGUN_DOMAIN", "")
    if not domain or "/" in domain:
        raise ConfigError("Set MAILGUN_DOMAIN to the sending domain of your Mailgun account.")
    base = (environ.get("MAILGUN_BASE_URL", "") or MAILGUN_US).rstrip("/")
    if not base.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ConfigError("Set MAILGUN_BASE_URL to an https address, or leave it out.")
    return Mailgun(domain=domain, base_url=base, api_key=environ["MAILGUN_API_KEY"])


def _from_email(environ: Mapping[str, str]) -> str:
    try:
        address: str = email(environ.get("FROM_EMAIL", ""), "FROM_EMAIL")
    except ContractError:
        address = ""
    if not address.isascii() or not address:
        raise ConfigError("Set FROM_EMAIL to the plain ASCII address that the mail comes from.")
    return address


def _secrets(environ: Mapping[str, str]) -> tuple[bytes, ...]:
    texts = [part.strip() for part in environ.get("EMAIL_SERVICE_SECRETS", "").split(",")]
    try:
        secrets = tuple(decode_secret(part) for part in texts if part)
    except ValueError as error:
        raise ConfigError(f"Correct EMAIL_SERVICE_SECRETS: {error}.") from None
    if not secrets:
        raise ConfigError(
            "Set EMAIL_SERVICE_SECRETS to the secret shared with the caller (whsec_ and base64), "
            "or to two, separated by a comma, while one replaces the other."
        )
    return secrets
