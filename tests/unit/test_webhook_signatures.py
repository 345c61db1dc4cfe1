"""Signatures of webhooks, held against the library that receivers use."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from consent_service.kernel.clock import system_clock
from consent_service.kernel.webhooks import SECRET_BYTES, new_secret, signed_headers

ID = "0190a8f2-0000-7000-8000-000000000000"


def test_the_form_is_that_of_the_specification() -> None:
    at = datetime(2026, 12, 14, 5, 0, 0, 999_999, tzinfo=UTC)
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()

    headers = signed_headers([secret], ID, at, b'{"a": 1}')

    assert headers == {
        "webhook-id": ID,
        "webhook-timestamp": "1797224400",
        "webhook-signature": "v1,I4HsU5kttQlJJ9FaBPbNmHlp+DsoBpfRnpBvIiL489U=",
    }


@given(st.text())
def test_each_secret_verifies_while_both_are_valid_and_no_third_does(text: str) -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    body = text.encode()

    headers = signed_headers([new, old], ID, system_clock(), body)

    for secret in (old, new):
        Webhook(secret).verify(body, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(body, headers, json_parse=False)


@pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp", "body"])
def test_what_was_changed_on_the_way_does_not_verify(part: str) -> None:
    secret, at, body = new_secret(), system_clock(), b"{}"
    headers = signed_headers([secret], ID, at, body)
    if part == "body":
        body = b"{ }"
    else:
        headers[part] = signed_headers([secret], "other", at + timedelta(seconds=1), body)[part]

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


def test_the_instant_is_the_same_in_every_time_zone() -> None:
    at = datetime(2026, 12, 14, 5, tzinfo=UTC)
    secret = new_secret()

    assert signed_headers([secret], ID, at.astimezone(timezone(timedelta(hours=5))), b"{}") == signed_headers(
        [secret], ID, at, b"{}"
    )


def test_secrets_are_long_and_never_the_same() -> None:
    made = {new_secret() for _ in range(100)}

    assert len(made) == 100
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"))) == SECRET_BYTES for secret in made)


def test_nothing_goes_out_unsigned() -> None:
    with pytest.raises(ValueError, match="secret"):
        signed_headers([], ID, datetime(2026, 12, 14, tzinfo=UTC), b"{}")
