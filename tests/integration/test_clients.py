"""The clients for servers of sites: they read tokens offline as the service does, and lose no form."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from clients.python.kelisim_client import (
    Client,
    FieldError,
    RefusedError,
    Spool,
    UnavailableError,
    read_field,
    read_token,
)
from clients.python.kelisim_client.offline import read_keys
from consent_service.forms.tokens import KIND
from consent_service.kernel.signing import sign
from consent_service.kernel.uow import Actor
from consent_service.operators.service import create_credential
from consent_service.services import services
from tests.browsers import RESEARCH, Page, bound, enter
from tests.integration.conftest import MovableClock
from tests.integration.test_consents import count
from tests.integration.test_intents import BOXES
from tests.integration.test_tokens import READ, altered
from tests.sites import serving

ROOT = Path(__file__).resolve().parents[2]
READ_IN_NODE = """
import { readFileSync } from "node:fs";
import { fallbackHtml, readField, readKeys, readToken } from "./clients/js/index.js";
const { jwks, cases, at, fields, shown } = JSON.parse(readFileSync(0, "utf8"));
const keys = readKeys(jwks);
const said = (act) => { try { return act(); } catch (error) { return error.code; } };
console.log(JSON.stringify({
  tokens: cases.map(([token, expected]) => said(() => readToken(token, keys, { at: new Date(at), ...expected }).answers)),
  fields: fields.map((values) => said(() => readField(values))),
  inside: fallbackHtml(shown),
}));
"""

ASK_IN_NODE = """
import { readFileSync } from "node:fs";
import { Client } from "./clients/js/index.js";
const { settings, ref, purpose } = JSON.parse(readFileSync(0, "utf8"));
const client = new Client(settings);
const [document] = purpose.split("#");
const before = await client.may(ref, purpose);
const page = await client.ownPage(ref);
const withdrawn = await client.withdraw(ref, document, purpose.split("#")[1]);
const nobody = await client.ownPage("nobody").catch((error) => error.code);
console.log(JSON.stringify({ before, page, from: withdrawn.effective_at, duties: withdrawn.duties, nobody }));
"""


@pytest.fixture
def page(app: Flask) -> Page:
    return enter(app, "sign-up", BOXES)


def tokens(page: Page) -> list[tuple[str, dict[str, str], Any]]:  # Any: answers, or a code
    """Return tokens good and bad, what is expected of each, and what comes of it."""
    token = page.token(READ, RESEARCH)
    stranger = sign(b'{"jti":"x","iat":0,"exp":0}', KIND, Ed25519PrivateKey.generate())
    answers = page.displayed(READ, RESEARCH)["answers"]
    return [
        (token, {}, answers),
        (token, {"siteKey": page.site_key, "form": "sign-up"}, answers),
        (token, {"form": "checkout"}, "token-other-form"),
        (token, {"siteKey": "site_" + "A" * 16}, "token-other-site"),
        (altered(token, answers={}), {}, "token-edited"),
        (altered(token, 0, alg="none"), {}, "token-edited"),
        (altered(token, 0, typ="JWT"), {}, "token-malformed"),
        (stranger, {}, "token-unknown-key"),
        (token + ".x", {}, "token-malformed"),
        ("", {}, "token-malformed"),
        ("a.b.c", {}, "token-malformed"),
        ("жоқ.жоқ.жоқ", {}, "token-malformed"),
    ]


def fields_of(page: Page) -> list[Any]:  # Any: what a form may bring
    displayed = json.dumps(page.displayed() | {"site_key": page.site_key})
    return ["a.b.c", displayed, [displayed, f"+{READ}", "+other"], [f"+{READ}", displayed], [], "{", "{}", "[" * 99,
            "x" * 20_000]  # fmt: skip


def said(act: Any) -> Any:  # Any: what it returns, or the code of its error
    try:
        return act()
    except (RefusedError, FieldError) as error:
        return error.code


def test_both_clients_read_a_token_offline_and_refuse_as_the_service_does(
    page: Page, app: Flask, clock: MovableClock
) -> None:
    if not shutil.which("node"):
        pytest.skip("there is no Node.js (Debian: apt-get install nodejs)")
    jwks = app.test_client().get("/.well-known/jwks.json").get_json()
    cases = tokens(page)
    wanted = [outcome for _, _, outcome in cases]
    shown = page.ask().json
    given = {"jwks": jwks, "cases": [case[:2] for case in cases], "at": clock.now.isoformat(),
             "fields": fields_of(page), "shown": shown}  # fmt: skip

    done = subprocess.run(
        ["node", "--input-type=module", "-e", READ_IN_NODE], cwd=ROOT, input=json.dumps(given), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    in_node = json.loads(done.stdout)

    keys = read_keys(jwks)
    for (token, expected, _), outcome in zip(cases, wanted, strict=True):
        about = {"site_key": expected.get("siteKey"), "form": expected.get("form")}
        assert said(lambda token=token, about=about: read_token(token, keys, at=clock.now, **about).answers) == outcome
    assert in_node["tokens"] == wanted
    for values, js in zip(fields_of(page), in_node["fields"], strict=True):
        ours = said(lambda values=values: read_field(values))
        assert js == (ours if isinstance(ours, str) else {"token": ours.token, "displayed": ours.displayed})
    late = said(lambda: read_token(cases[0][0], keys, at=clock.now + timedelta(minutes=62)))
    assert late == "token-expired"


@pytest.fixture
def served(app: Flask, page: Page, tmp_path: Path, clock: MovableClock) -> Iterator[tuple[Client, str]]:
    with app.app_context(), services().write(Actor("command", "test")) as unbound:
        _, secret = create_credential(bound(unbound, "uof"), "site")
    with serving(app) as url:
        client = Client(url, secret, page.site_key, spool=Spool(tmp_path / "spool"), clock=clock)
        client.refresh_keys()
        yield client, secret


def test_what_was_confirmed_without_its_answer_arriving_is_recorded_once(
    served: tuple[Client, str], page: Page, app: Flask, clock: MovableClock, tmp_path: Path
) -> None:
    client, secret = served

    def losing(environ: Any, start: Any) -> list[bytes]:  # Any: WSGI's own types
        """Do what is asked, and lose the answer."""
        list(app(environ, lambda *_: lambda _: None))
        start("502 Bad Gateway", [])
        return [b""]

    with serving(losing) as url:
        loser = Client(url, secret, page.site_key, spool=Spool(tmp_path / "spool"), clock=clock)
        loser.refresh_keys()
        outcome = loser.confirm(page.token(READ, RESEARCH), "person-1", form="sign-up")
    assert (outcome.consent, outcome.granted[RESEARCH]) == (None, True)
    clock.move(hours=30)

    assert client.send_waiting() == (1, [])
    assert client.send_waiting() == (0, [])
    assert count(app, "consents") == 1


def test_what_waited_too_long_is_given_up_and_said(
    served: tuple[Client, str], page: Page, app: Flask, clock: MovableClock, tmp_path: Path
) -> None:
    client, secret = served
    away = Client(
        f"http://127.0.0.1:{_closed_port()}", secret, page.site_key, spool=Spool(tmp_path / "spool"), clock=clock
    )
    away.refresh_keys()  # those that the spool has kept
    away.confirm(page.token(READ, RESEARCH), "person-1", form="sign-up", identifiers={"email": "canary@example.kz"})
    kept = next((tmp_path / "spool").glob("*.json"))
    assert kept.stat().st_mode & 0o077 == 0
    clock.move(hours=73)

    done, refused = client.send_waiting()

    assert (done, [error.code for error in refused]) == (0, ["invalid-input"])
    assert count(app, "consents") == 0
    assert not list((tmp_path / "spool").glob("*.json"))


def test_a_token_that_does_not_hold_is_refused_while_the_service_is_away(
    served: tuple[Client, str], page: Page, tmp_path: Path, clock: MovableClock
) -> None:
    _, secret = served
    away = Client(
        f"http://127.0.0.1:{_closed_port()}", secret, page.site_key, spool=Spool(tmp_path / "spool"), clock=clock
    )
    keyless = Client(away.base_url, secret, page.site_key, spool=Spool(tmp_path / "other"), clock=clock)
    token = page.token(READ, RESEARCH)
    away.refresh_keys()
    keyless.refresh_keys()

    with pytest.raises(RefusedError, match="token-edited"):
        away.confirm(altered(token, answers={}), "person-1", form="sign-up")
    with pytest.raises(RefusedError, match="token-other-form"):
        away.confirm(token, "person-1", form="checkout")
    with pytest.raises(UnavailableError):
        keyless.confirm(token, "person-1", form="sign-up")
    assert not list((tmp_path / "spool").glob("*.json"))


def test_a_site_asks_and_withdraws_as_often_as_it_must(served: tuple[Client, str], page: Page) -> None:
    client, _ = served
    for _ in range(2):
        client.confirm(page.token(READ, RESEARCH), "person-1", form="sign-up")
        assert client.may("person-1", RESEARCH) == {RESEARCH: True}
        document, _, purpose = RESEARCH.partition("#")
        assert client.withdraw("person-1", document, purpose)["duties"]


def test_the_address_of_somebodys_own_page_opens_it(served: tuple[Client, str], page: Page, app: Flask) -> None:
    client, _ = served
    client.confirm(page.token(READ, RESEARCH), "person-1", form="sign-up")

    opened = app.test_client().get(urlsplit(client.own_page("person-1")).path)

    assert opened.status_code == 200
    assert client.own_page("person-1") != client.own_page("person-1")
    with pytest.raises(RefusedError, match="not-found"):
        client.own_page("nobody")


def test_a_site_on_node_asks_withdraws_and_opens_the_persons_own_page(
    served: tuple[Client, str], page: Page, app: Flask
) -> None:
    if not shutil.which("node"):
        pytest.skip("there is no Node.js (Debian: apt-get install nodejs)")
    client, secret = served
    client.confirm(page.token(READ, RESEARCH), "person-1", form="sign-up")
    settings = {"baseUrl": client.base_url, "secretKey": secret, "siteKey": client.site_key}

    done = subprocess.run(
        ["node", "--input-type=module", "-e", ASK_IN_NODE], cwd=ROOT, capture_output=True, text=True, check=True,
        input=json.dumps({"settings": settings, "ref": "person-1", "purpose": RESEARCH}),
    )  # fmt: skip
    said = json.loads(done.stdout)

    assert said["before"] == {RESEARCH: True}
    assert said["from"]
    assert said["duties"]
    assert said["nobody"] == "not-found"
    assert app.test_client().get(urlsplit(said["page"]).path).status_code == 200


def _closed_port() -> int:
    with serving(lambda *_: []) as url:
        return int(url.rpartition(":")[2])
