"""Settings, read once from the environment, typed, and refused all at once when any is wrong."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from consent_service.accounts.identity_provider import IdentityProvider
from consent_service.environment import LOOPBACK, Reader
from consent_service.kernel.errors import LedgerError
from consent_service.kernel.outbound import Outbound, OutboundRefusedError
from consent_service.ledger.cosignatures import read_witness_key
from consent_service.ledger.timestamps import Stampers
from consent_service.ledger.witnessing import Witness
from consent_service.provider_settings import read_provider

ROOT = Path(__file__).resolve().parent.parent
DATABASES = {"sqlite", "postgresql"}
KEY_PROVIDERS = ("file", "transit", "pkcs11")
LOG_LEVELS = ("debug", "info", "warning", "error")
SHARED_COUNTS = "PROMETHEUS_MULTIPROC_DIR"  # read by prometheus_client when it is imported
MAX_BODY_BYTES = 1024 * 1024
# How many bodies a web process waits for at once: of the usual kind, and of those that files are sent in.
SMALL_BODIES, LARGE_BODIES = 256, 32
MAX_PORT = 65535
LEAST_SECRET_BYTES = 24
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,9})){1,30}", re.ASCII)
_LEDGER_NAME = re.compile(r"[a-z0-9:.-]{1,100}(/[a-z0-9.-]{1,100}){0,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AnchorSettings:
    """Who holds our heads to what they were: a time-stamp server, witnesses, hosts that keep them."""

    tsa_url: str
    tsa_policy: str
    stampers: Stampers | None
    witnesses: tuple[Witness, ...]
    webhooks: tuple[str, ...]
    webhook_secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the process runs with.  Every field has a safe default; see ``docs/settings.md``."""

    host: str
    port: int
    base_url: str
    data_dir: Path
    database_url: str
    database_pooled: bool
    key_file: Path
    key_provider: str
    transit_url: str
    transit_mount: str
    transit_token_file: Path
    pkcs11_module: Path
    pkcs11_token: str
    pkcs11_pin_file: Path
    pg_bin_dir: Path | None
    ledger_dir: Path
    ledger_name: str
    policies_dir: Path
    calendar_overrides: Path | None
    law_editions: Path | None
    log_level: str
    web_workers: int
    web_threads: int
    trusted_proxies: int
    shop_port: int
    trace_endpoint: str
    evidence_years: int
    key_epoch_days: int
    smtp_url: str
    mail_from: str
    sms_gateway_url: str
    sms_gateway_token: str
    allow_private_addresses: bool
    identity_provider: IdentityProvider | None
    anchors: AnchorSettings

    @property
    def is_https(self) -> bool:
        """Whether people reach the service over HTTPS; cookies are Secure then."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings.

        Raises:
            SettingsError: Some values are wrong; the detail names every one and what to write.
        """
        read = Reader(environ)
        host = read.text("HOST", "127.0.0.1")
        port = read.number("PORT", 8000, 1, MAX_PORT)
        data_dir = Path(read.text("DATA_DIR", str(ROOT / "instance"))).expanduser().resolve()
        base_url = read.checked("BASE_URL", f"http://{host}:{port}", _base_url)
        plain_http = read.flag("INSECURE_ALLOW_PLAIN_HTTP")
        allow_private = read.flag("INSECURE_ALLOW_PRIVATE_ADDRESSES")
        if base_url.startswith("http://") and not plain_http and urlsplit(base_url).hostname not in LOOPBACK:
            read.wrong("BASE_URL", "must be https:// beyond this machine; INSECURE_ALLOW_PLAIN_HTTP=1 overrides that")
        overrides = read.text("CALENDAR_OVERRIDES", "")
        if overrides and not Path(overrides).is_file():
            read.wrong("CALENDAR_OVERRIDES", "names a file that does not exist")
        editions = read.text("LAW_EDITIONS", "")
        if editions and not Path(editions).is_file():
            read.wrong("LAW_EDITIONS", "names a file that does not exist")
        policies_dir = Path(read.text("POLICIES_DIR", str(ROOT / "policies")))
        if not policies_dir.is_dir():
            read.wrong("POLICIES_DIR", "names a folder that does not exist")
        log_level = read.text("LOG_LEVEL", "info").lower()
        if log_level not in LOG_LEVELS:
            read.wrong("LOG_LEVEL", f"must be one of {', '.join(LOG_LEVELS)}")
        pooled = read.flag("DATABASE_POOLED")
        if pooled and not environ.get("DATABASE_URL", "").startswith("postgresql"):
            read.wrong("DATABASE_POOLED", "is for PostgreSQL behind a pooler: DATABASE_URL must name it")
        programs = read.text("PG_BIN_DIR", "")
        if programs and not Path(programs).is_dir():
            read.wrong("PG_BIN_DIR", "names a folder that does not exist")
        settings = cls(
            host=host,
            port=port,
            base_url=base_url.rstrip("/"),
            data_dir=data_dir,
            database_url=read.checked("DATABASE_URL", f"sqlite:///{data_dir / 'kelisim.db'}", _database_url),
            database_pooled=pooled,
            key_file=Path(read.text("KEY_FILE", str(data_dir / "keys.json"))).expanduser(),
            **_key_provider(read, plain_http=plain_http),
            pg_bin_dir=Path(programs) if programs else None,
            ledger_dir=Path(read.text("LEDGER_DIR", str(data_dir / "ledger"))).expanduser(),
            ledger_name=read.checked("LEDGER_NAME", f"{urlsplit(base_url).hostname}/ledger", _ledger_name),
            policies_dir=policies_dir,
            calendar_overrides=Path(overrides) if overrides else None,
            law_editions=Path(editions) if editions else None,
            log_level=log_level,
            web_workers=read.number("WEB_WORKERS", 1, 1, 64),
            web_threads=read.number("WEB_THREADS", 8, 1, 128),
            trusted_proxies=read.number("TRUSTED_PROXIES", 0, 0, 5),
            shop_port=read.number("SHOP_PORT", (port + 1) % (MAX_PORT + 1), 0, MAX_PORT),
            trace_endpoint=_collector(read, plain_http=plain_http),
            evidence_years=read.number("EVIDENCE_YEARS", 3, 3, 75),
            key_epoch_days=read.number("KEY_EPOCH_DAYS", 30, 0, 366),
            smtp_url=read.checked("SMTP_URL", "", _smtp_url),
            sms_gateway_url=read.checked("SMS_GATEWAY_URL", "", _sms_url),
            sms_gateway_token=read.text("SMS_GATEWAY_TOKEN", ""),
            allow_private_addresses=allow_private,
            identity_provider=read_provider(read, plain_http=plain_http, allow_private=allow_private),
            mail_from=read.text("MAIL_FROM", f"kelisim@{urlsplit(base_url).hostname}"),
            anchors=_anchors(read, plain_http=plain_http),
        )
        read.finish()
        return settings


def _collector(read: Reader, *, plain_http: bool) -> str:
    """Read where traces are sent, under the name that OpenTelemetry gives it."""
    checked = read.checked("OTEL_EXPORTER_OTLP_ENDPOINT", "", lambda text: _base_url(text) if text else None)
    url = checked.rstrip("/")
    if url.startswith("http://") and not plain_http and urlsplit(url).hostname not in LOOPBACK:
        read.wrong(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "must be https:// beyond this machine; INSECURE_ALLOW_PLAIN_HTTP=1 overrides that",
        )
    return url


def _key_provider(read: Reader, *, plain_http: bool) -> dict[str, Any]:  # Any: fields of the settings
    """Read who keeps the keys, and what the one that is named needs."""
    name = read.text("KEY_PROVIDER", "file")
    if name not in KEY_PROVIDERS:
        read.wrong("KEY_PROVIDER", f"must be one of {', '.join(KEY_PROVIDERS)}")
    url = read.checked("TRANSIT_URL", "", _base_url if name == "transit" else lambda _: None).rstrip("/")
    if url.startswith("http://") and not plain_http and urlsplit(url).hostname not in LOOPBACK:
        read.wrong("TRANSIT_URL", "must be https:// beyond this machine; INSECURE_ALLOW_PLAIN_HTTP=1 overrides that")
    label = read.text("PKCS11_TOKEN", "")
    if name == "pkcs11" and not label:
        read.wrong("PKCS11_TOKEN", "must be the label of the token")
    files = {
        "transit_token_file": ("TRANSIT_TOKEN_FILE", read.text("TRANSIT_TOKEN_FILE", ""), "transit"),
        "pkcs11_module": ("PKCS11_MODULE", read.text("PKCS11_MODULE", ""), "pkcs11"),
        "pkcs11_pin_file": ("PKCS11_PIN_FILE", read.text("PKCS11_PIN_FILE", ""), "pkcs11"),
    }
    for variable, path, needed_by in files.values():
        if name == needed_by and not Path(path).expanduser().is_file():
            read.wrong(variable, f"must name a file, since KEY_PROVIDER is {name}")
    return {
        "key_provider": name,
        "transit_url": url,
        "transit_mount": read.text("TRANSIT_MOUNT", "transit"),
        "pkcs11_token": label,
        **{field: Path(path).expanduser() for field, (_, path, _) in files.items()},
    }


def _anchors(read: Reader, *, plain_http: bool) -> AnchorSettings:
    url, policy = read.checked("TSA_URL", "", _web_url), read.text("TSA_POLICY", "")
    if policy and not _OID.fullmatch(policy):
        read.wrong("TSA_POLICY", "must be an object identifier such as 1.2.398.3.3.2.6.4")
    authorities = _certificates(read, "TSA_CA_FILE", read.text("TSA_CA_FILE", ""))
    pinned = _certificates(read, "TSA_CERTIFICATE_FILE", read.text("TSA_CERTIFICATE_FILE", ""))
    if (url or pinned) and not authorities:
        read.wrong("TSA_CA_FILE", "must name the certificates under which time-stamps are trusted")
    hooks, secrets = read.text("LEDGER_WEBHOOKS", "").split(), read.text("LEDGER_WEBHOOK_SECRETS", "").split()
    problems = [problem for hook in hooks if (problem := _sent_to(hook, plain_http=plain_http))]
    for problem in problems:
        read.wrong("LEDGER_WEBHOOKS", problem)
    if not problems and len({urlsplit(hook).netloc for hook in hooks}) < len(hooks):
        read.wrong("LEDGER_WEBHOOKS", "must name each host once")
    if bool(hooks) > bool(secrets) or not all(map(_is_webhook_secret, secrets)):
        read.wrong("LEDGER_WEBHOOK_SECRETS", "must be one or more secrets, each whsec_ and at least 24 bytes in base64")
    return AnchorSettings(
        tsa_url=url,
        tsa_policy=policy,
        stampers=Stampers(authorities, pinned[0] if pinned else None) if authorities else None,
        witnesses=_witnesses(read, read.text("WITNESSES", "").split(), plain_http=plain_http),
        webhooks=tuple(hooks),
        webhook_secrets=tuple(secrets),
    )


def _certificates(read: Reader, name: str, file: str) -> tuple[x509.Certificate, ...]:
    if not file:
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(Path(file).read_bytes()))
    except (OSError, ValueError):
        read.wrong(name, "must name a file with certificates in PEM")
        return ()


def _witnesses(read: Reader, words: list[str], *, plain_http: bool) -> tuple[Witness, ...]:
    """Read pairs of an address and the key of the witness that answers there."""
    found: dict[str, Witness] = {}
    if len(words) % 2:
        read.wrong("WITNESSES", "must be pairs of an address and a verifier key, with spaces between")
        return ()
    for url, text in zip(words[::2], words[1::2], strict=True):
        if problem := _sent_to(url, plain_http=plain_http):
            read.wrong("WITNESSES", problem)
        try:
            key = read_witness_key(text)
        except LedgerError:
            read.wrong("WITNESSES", "must have behind each address a verifier key NAME+ID+KEY, of the type 4")
            continue
        found[str(key)] = Witness(url.rstrip("/"), key)
    if len({one.key.name for one in found.values()}) < len(words) // 2:
        read.wrong("WITNESSES", "must name each witness once")
    return tuple(found.values())


def _web_url(text: str) -> str | None:
    return _form_of(text) if text else None


def _sent_to(url: str, *, plain_http: bool) -> str | None:
    problem = _form_of(url)
    if problem is None and not (plain_http or url.startswith("https://") or urlsplit(url).hostname in LOOPBACK):
        return "must have addresses with https://; INSECURE_ALLOW_PLAIN_HTTP=1 overrides that"
    return problem


def _form_of(url: str) -> str | None:
    try:
        Outbound(allow_private=True).check(url)
    except OutboundRefusedError as error:
        return f"has an address that cannot be used: {error.detail.rstrip('.')}"
    return None


def _is_webhook_secret(text: str) -> bool:
    try:
        decoded = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    return text.startswith("whsec_") and len(decoded) >= LEAST_SECRET_BYTES


def _base_url(text: str) -> str | None:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        return "must be an address such as https://consent.example.kz"
    return None


def _ledger_name(text: str) -> str | None:
    if not _LEDGER_NAME.fullmatch(text):
        return "must be a name such as consent.example.kz/ledger: small letters, digits, dots, hyphens and slashes"
    return None


def _smtp_url(text: str) -> str | None:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
        return "must be an address such as smtps://user:password@mail.example.kz:465"
    return None


def _sms_url(text: str) -> str | None:
    parts = urlsplit(text)
    if text and ((parts.scheme != "https" and parts.hostname not in LOOPBACK) or not parts.hostname):
        return "must be an https:// address that takes POST {to, text}"
    return None


def _database_url(text: str) -> str | None:
    # The value is not repeated in the message: it may hold a password.
    try:
        backend = make_url(text).get_backend_name()
    except ArgumentError:
        return "is not an address such as postgresql+psycopg://user@host/name"
    if backend not in DATABASES:
        return f"must begin with one of {', '.join(sorted(DATABASES))}"
    if backend == "postgresql" and make_url(text).drivername != "postgresql+psycopg":
        return "must begin with postgresql+psycopg://"
    return None
