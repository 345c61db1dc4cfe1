"""Settings: safe by default, and every wrong value named at once."""

import json
import logging
from errno import ENOSPC
from pathlib import Path

import pytest

from consent_service.config import Settings
from consent_service.kernel.errors import SettingsError
from consent_service.kernel.logs import JsonFormatter


def test_the_defaults_are_safe() -> None:
    settings = Settings.from_env({})

    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.database_url.startswith("sqlite:///")
    assert settings.evidence_years == 3
    assert not settings.allow_private_addresses


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"), ("PORT", "65536"), ("PORT", "eighty"), ("PORT", "٨٠"), ("BASE_URL", "consent.example.kz"),
        ("BASE_URL", "http://consent.example.kz"), ("DATABASE_URL", "oracle://x"), ("DATABASE_URL", "postgresql://x/y"),
        ("DATABASE_URL", "nonsense"), ("POLICIES_DIR", "/no/such/folder"), ("CALENDAR_OVERRIDES", "/no/such/file"),
        ("LOG_LEVEL", "loud"), ("WEB_WORKERS", "0"), ("WEB_THREADS", "many"), ("EVIDENCE_YEARS", "2"),
        ("INSECURE_ALLOW_PLAIN_HTTP", "yes"), ("SMTP_URL", "mail.example.kz"),
        ("INSECURE_ALLOW_PRIVATE_ADDRESSES", "true"), ("BASE_URL", "http://["), ("SMTP_URL", "smtp://["),
        ("SMS_GATEWAY_URL", "https://["),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({name: value})


def test_all_wrong_values_are_named_at_once_and_no_password_is_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"PORT": "x", "LOG_LEVEL": "x", "DATABASE_URL": "mysql://user:hunter2@host/x"})

    assert all(name in refused.value.detail for name in ("PORT", "LOG_LEVEL", "DATABASE_URL"))
    assert "hunter2" not in refused.value.detail


def test_plain_http_beyond_this_machine_needs_a_setting_whose_name_says_so() -> None:
    settings = Settings.from_env({"BASE_URL": "http://consent.example.kz", "INSECURE_ALLOW_PLAIN_HTTP": "1"})

    assert not settings.is_https


def test_sending_to_private_addresses_needs_a_setting_whose_name_says_so() -> None:
    assert Settings.from_env({"INSECURE_ALLOW_PRIVATE_ADDRESSES": "1"}).allow_private_addresses


def test_data_dir_moves_database_and_keys(tmp_path: Path) -> None:
    settings = Settings.from_env({"DATA_DIR": str(tmp_path)})

    assert settings.key_file == tmp_path / "keys.json"
    assert str(tmp_path) in settings.database_url


def test_a_log_line_has_listed_fields_and_no_words_of_an_exception() -> None:
    try:
        raise ValueError("canary@example.kz")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, "f", 1, "it failed", None, (type(error), error, error.__traceback__)
        )
    record.job = "erasures"
    record.email = "canary@example.kz"

    line = JsonFormatter().format(record)

    assert "canary" not in line
    assert json.loads(line)["job"] == "erasures"
    assert json.loads(line)["error"] == "ValueError"


def test_a_log_line_tells_a_full_disk_from_a_missing_right_and_names_no_file() -> None:
    error = OSError(ENOSPC, "No space left on device", "/canary")
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "it failed", None, (OSError, error, None))

    line = json.loads(JsonFormatter().format(record))

    assert (line["error"], line["errno"]) == ("OSError", "ENOSPC")
    assert "canary" not in json.dumps(line)


PROVIDER = {"OIDC_ISSUER": "https://id.example.kz/realms/staff", "OIDC_CLIENT_ID": "kelisim"}


def test_an_identity_provider_is_read_and_its_secret_shown_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2\n")
    settings = Settings.from_env(PROVIDER | {"OIDC_CLIENT_SECRET_FILE": str(file)})

    assert settings.identity_provider is not None
    assert (settings.identity_provider.client_secret, settings.identity_provider.name) == ("hunter2", "id.example.kz")
    assert "hunter2" not in repr(settings)
    assert Settings.from_env({}).identity_provider is None


@pytest.mark.parametrize(
    ("named", "wrong"),
    [
        ("OIDC_ISSUER", {"OIDC_ISSUER": "id.example.kz"}),
        ("OIDC_ISSUER", {"OIDC_ISSUER": "https://127.0.0.1"}),
        ("OIDC_ISSUER", {"OIDC_ISSUER": "http://id.example.kz"}),
        ("OIDC_ISSUER", {"OIDC_ISSUER": "http://id.example.kz", "INSECURE_ALLOW_PRIVATE_ADDRESSES": "1"}),
        ("OIDC_ISSUER", {"OIDC_ISSUER": "https://id.example.kz/?realm=staff"}),
        ("OIDC_CLIENT_ID", {"OIDC_CLIENT_ID": ""}),
        ("OIDC_NAME", {"OIDC_NAME": "x" * 61}),
        ("OIDC_CLIENT_SECRET", {"OIDC_CLIENT_SECRET": "x", "OIDC_CLIENT_SECRET_FILE": "pyproject.toml"}),
        ("OIDC_CLIENT_SECRET_FILE", {"OIDC_CLIENT_SECRET_FILE": "/no/such/file"}),
        ("OIDC_SECOND_FACTOR_BY_PROVIDER", {"OIDC_SECOND_FACTOR_BY_PROVIDER": "mfa"}),
        ("OIDC_SECOND_FACTOR_BY_PROVIDER", {"OIDC_SECOND_FACTOR_BY_PROVIDER": "amr:"}),
    ],
)
def test_a_wrong_setting_of_the_identity_provider_is_named(named: str, wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=named):
        Settings.from_env(PROVIDER | wrong)
