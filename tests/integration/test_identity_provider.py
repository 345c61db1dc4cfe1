"""Staff who come by an identity provider: who is let in, and each answer that lets nobody in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from joserfc.jwk import OctKey, RSAKey
from werkzeug.test import TestResponse

from consent_service.accounts.resetting import reset_proofs
from consent_service.operators.access import Role
from consent_service.operators.staff import disable_staff, staff_at
from consent_service.services import services
from tests.accounts import ACCOUNT, EMAIL, SIGN_IN, Browser, add
from tests.databases import app_on
from tests.integration.conftest import ACTOR, MovableClock
from tests.integration.test_jobs import rows
from tests.office import PASSWORD, bound
from tests.providers import CLIENT_ID, CLIENT_SECRET, Claims, SayingProvider, saying_provider

BEGIN, ANSWER, CONFIRM = f"{SIGN_IN}/provider", f"{SIGN_IN}/provider/answer", "/account/confirm/provider"
REGISTER = "/dashboard/uof/recipients/register.csv"
REFUSAL = "did not confirm anybody who may come in here"
OTHER = "other@acme.example"


@dataclass
class Door:
    """A service whose staff come by a provider."""

    app: Flask
    clock: MovableClock
    provider: SayingProvider

    def browser(self) -> Browser:
        return Browser(self.app, self.clock)

    def sent(self, browser: Browser, path: str = BEGIN) -> tuple[str, str]:
        """Send a browser to the provider; returns code and state with which it comes back."""
        answer = browser.get(path)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return self.provider.code_for(answer.location)

    def back(self, browser: Browser, code: str, state: str, more: str = "") -> TestResponse:
        return browser.get(f"{ANSWER}?code={code}&state={state}{more}")

    def through(self, browser: Browser, path: str = BEGIN) -> TestResponse:
        """Go there and back."""
        return self.back(browser, *self.sent(browser, path))


def is_refused(answer: TestResponse) -> bool:
    """Say whether a page refuses in words that give nothing away."""
    page = answer.get_data(as_text=True)
    assert not any(one in page for one in ("acme.example", "person-7", "nonce", "signature", "Error"))
    return answer.status_code == 403 and REFUSAL in page and "no-store" in answer.headers["Cache-Control"]


@pytest.fixture
def door(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[Door]:
    with (
        saying_provider(clock) as provider,
        app_on(database_url, tmp_path, clock, **provider.environ) as app,
    ):
        add(app)
        yield Door(app, clock, provider)


@pytest.fixture
def quick(sqlite_template: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Door]:
    """The same on SQLite alone, for what no database decides."""
    place = tmp_path / "kelisim.db"
    place.write_bytes(sqlite_template.read_bytes())
    with (
        saying_provider(clock) as provider,
        app_on(f"sqlite:///{place}", tmp_path, clock, **provider.environ) as app,
    ):
        add(app)
        yield Door(app, clock, provider)


def test_somebody_with_a_place_here_comes_in_goes_on_and_is_tied_to_their_account_once(door: Door) -> None:
    me = door.browser()
    assert "Sign in through ACME ID" in me.get(f"{SIGN_IN}?next={REGISTER}").get_data(as_text=True)

    answer = door.through(me, f"{BEGIN}?next=/dashboard/uof/letters")
    assert (answer.status_code, answer.location, me.is_in) == (302, "/dashboard/uof/letters", True)
    assert door.through(door.browser()).status_code == 302

    ((person, facts),) = [
        (row[0], str(row[1]))
        for row in rows(
            door.app,
            "SELECT person_hash, body FROM staff_provider_links, ledger_events WHERE kind = 'provider_linked'",
        )
    ]
    assert b"person-7" not in bytes(person)
    assert "acme.example" not in facts


def test_what_is_sent_asks_for_a_code_by_pkce_and_names_nobody(quick: Door) -> None:
    location = quick.browser().get(f"{BEGIN}?next=/dashboard/uof/letters").location
    query = dict(parse_qsl(urlsplit(location).query))

    assert location.startswith(quick.provider.issuer + "/ask?")
    assert query.pop("redirect_uri").endswith(ANSWER)
    assert all(len(query.pop(name)) >= 32 for name in ("state", "nonce", "code_challenge"))
    assert query == {
        "response_type": "code", "client_id": CLIENT_ID, "scope": "openid email", "code_challenge_method": "S256",
    }  # fmt: skip


BAD_CLAIMS: list[Claims] = [
        {"iss": "https://other.example"}, {"iss": None}, {"aud": "somebody-else"}, {"aud": None},
        {"aud": [CLIENT_ID, "other"]}, {"azp": "other"}, {"nonce": "x" * 64}, {"nonce": None}, {"sub": None},
        {"exp": None}, {"exp": 1}, {"iat": None}, {"exp": "soon"}, {"iat": 9_999_999_999}, {"nbf": 9_999_999_999},
        {"at_hash": "x"}, {"auth_time": "today"}, {"amr": "mfa"}, {"email_verified": False}, {"email_verified": None},
        {"email_verified": "true"}, {"email": "stranger@acme.example"}, {"email": ""}, {"email": ["worker@acme.example"]},
        {"auth_time": 1e300},
    ]  # fmt: skip


def test_an_answer_whose_claims_do_not_hold_lets_nobody_in(quick: Door) -> None:
    me = quick.browser()
    for claims in BAD_CLAIMS:
        quick.provider.claims = claims
        assert is_refused(quick.through(me)), claims
        assert not me.is_in, claims

    assert rows(quick.app, "SELECT * FROM staff_provider_links") == []


@pytest.mark.parametrize("algorithm", ["none", "HS256", "another key"])
def test_what_the_provider_did_not_sign_lets_nobody_in(quick: Door, algorithm: str) -> None:
    if algorithm == "another key":
        quick.provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    else:
        quick.provider.algorithm = algorithm
        quick.provider.signs_with = OctKey.import_key(CLIENT_SECRET.ljust(32, "."))
    me = quick.browser()

    assert is_refused(quick.through(me))
    assert not me.is_in


def test_a_token_that_is_over_lets_nobody_in(quick: Door) -> None:
    me = quick.browser()
    code, state = quick.sent(me)
    quick.provider.clock = lambda: quick.clock.now - timedelta(minutes=3)

    assert is_refused(quick.back(me, code, state))


def test_a_state_is_good_once_in_its_own_browser_and_for_five_minutes(door: Door) -> None:
    me, thief = door.browser(), door.browser()
    code, state = door.sent(me)
    assert door.back(me, code, state).status_code == 302
    again, _ = door.provider.code_for(door.browser().get(BEGIN).location)
    assert is_refused(door.back(me, again, state))  # it is used up

    code, state = door.sent(me)
    door.sent(thief)
    assert is_refused(door.back(thief, code, state))  # PKCE: another browser has another verifier
    assert not thief.is_in
    assert is_refused(door.back(me, code, state))

    code, state = door.sent(me)
    door.clock.move(minutes=6)
    assert is_refused(door.back(me, code, state))
    for made_up in ("", "x", "0" * 500):
        assert is_refused(door.back(me, "code", made_up))


def test_an_answer_without_a_code_or_of_another_provider_lets_nobody_in(quick: Door) -> None:
    me = quick.browser()
    _, state = quick.sent(me)
    assert is_refused(me.get(f"{ANSWER}?error=access_denied&error_description=worker%40acme.example&state={state}"))
    code, state = quick.sent(me)
    assert is_refused(quick.back(me, code, state, "&iss=https://other.example"))
    assert is_refused(me.get(ANSWER))
    code, state = quick.sent(me)
    assert quick.back(me, code, state, f"&iss={quick.provider.issuer}").status_code == 302


def test_where_the_provider_says_that_it_names_itself_an_answer_that_does_not_lets_nobody_in(quick: Door) -> None:
    quick.provider.metadata = {"authorization_response_iss_parameter_supported": True}

    assert is_refused(quick.through(quick.browser()))


def test_an_address_that_is_told_apart_is_that_of_the_person_signed_for(quick: Door) -> None:
    provider = quick.provider
    provider.claims = {"email": None, "email_verified": None}
    provider.told = {"sub": "person-8", "email": EMAIL, "email_verified": True}
    assert is_refused(quick.through(quick.browser()))

    provider.told["sub"] = "person-7"
    assert quick.through(quick.browser()).status_code == 302
    provider.told["email_verified"] = False
    assert is_refused(quick.through(quick.browser()))


def test_an_address_that_was_given_to_somebody_else_at_the_provider_opens_nothing(door: Door) -> None:
    assert door.through(door.browser()).status_code == 302
    door.provider.claims = {"sub": "person-8"}
    assert is_refused(door.through(door.browser()))

    add(door.app, Role.EDITOR, OTHER)
    door.provider.claims = {"email": OTHER}  # the person of one account with the address of another
    assert is_refused(door.through(door.browser()))


def test_an_account_that_is_closed_opened_again_or_reset_is_tied_to_nobody(door: Door) -> None:
    assert door.through(door.browser()).status_code == 302
    with door.app.app_context(), services().write(ACTOR) as unbound:
        uow = bound(unbound)
        reset_proofs(uow, staff_at(uow, EMAIL))
    assert rows(door.app, "SELECT * FROM staff_provider_links") == []

    with door.app.app_context(), services().write(ACTOR) as unbound:
        uow = bound(unbound)
        disable_staff(uow, staff_at(uow, EMAIL))
    assert is_refused(door.through(door.browser()))


def test_an_account_is_untied_by_its_owner_on_record(quick: Door) -> None:
    me = quick.browser()
    quick.provider.claims = {"auth_time": int(quick.clock.now.timestamp())}
    quick.through(me)
    assert "Untie" in me.get(ACCOUNT).get_data(as_text=True)

    assert me.post("/account/provider/unlink").status_code == 302
    assert len(rows(quick.app, "SELECT * FROM ledger_events WHERE kind = 'provider_unlinked'")) == 1
    assert me.post("/account/provider/unlink").status_code == 409


def test_with_an_app_its_code_is_asked_for_after_the_provider(quick: Door) -> None:
    known = quick.browser()
    known.sign_in()
    app, _ = known.set_up_app()
    quick.clock.move(minutes=1)
    me = quick.browser()
    quick.provider.claims = {"amr": ["pwd", "mfa"], "acr": "gold"}  # nobody said that it counts

    first = quick.through(me, f"{BEGIN}?next=/dashboard/uof/letters")
    assert (first.status_code, me.is_in) == (200, False)
    assert 'name="next" value="/dashboard/uof/letters"' in first.get_data(as_text=True)
    assert me.second(first, "000000").status_code == 403
    assert me.second(first, app.at(quick.clock.now)).status_code == 302
    assert me.is_in


@pytest.mark.parametrize(("claims", "is_in"), [({"amr": ["pwd", "mfa"]}, True), ({"acr": "gold"}, True), ({}, False)])
def test_a_second_factor_of_the_provider_counts_where_a_setting_says_so(
    sqlite_template: Path, tmp_path: Path, clock: MovableClock, claims: Claims, is_in: bool
) -> None:
    place = tmp_path / "kelisim.db"
    place.write_bytes(sqlite_template.read_bytes())
    with saying_provider(clock) as provider:
        trusted = provider.environ | {"OIDC_SECOND_FACTOR_BY_PROVIDER": "amr:mfa acr:gold"}
        with app_on(f"sqlite:///{place}", tmp_path, clock, **trusted) as app:
            add(app)
            known = Browser(app, clock)
            known.sign_in()
            known.set_up_app()
            door, me = Door(app, clock, provider), Browser(app, clock)
            provider.claims = claims
            location = me.get(BEGIN).location
            assert "acr_values=gold" in location
            door.back(me, *provider.code_for(location))

            assert me.is_in is is_in


def test_what_asks_anew_is_answered_by_the_provider_if_it_has_just_asked(door: Door) -> None:
    me = door.browser()
    door.through(me)
    asked = me.get(REGISTER)  # a session at the provider may be old, so coming in by it proves nothing just now
    assert (asked.status_code, "Confirm through ACME ID" in asked.get_data(as_text=True)) == (403, True)
    query = dict(parse_qsl(urlsplit(me.get(CONFIRM).location).query))
    assert (query["prompt"], query["max_age"]) == ("login", "0")

    way = f"{CONFIRM}?next={REGISTER}"
    for stale in (None, int(door.clock.now.timestamp()) - 200):
        door.provider.claims = {"auth_time": stale}
        assert is_refused(door.through(me, way))
    door.provider.claims = {"auth_time": int(door.clock.now.timestamp()), "sub": "person-8"}
    assert is_refused(door.through(me, way))
    assert me.get(REGISTER).status_code == 403

    door.provider.claims = {"auth_time": int(door.clock.now.timestamp())}
    assert door.through(me, way).location == REGISTER
    assert me.get(REGISTER).status_code == 200
    door.clock.move(minutes=11)
    assert me.get(REGISTER).status_code == 403


def test_somebody_else_at_the_provider_does_not_confirm_who_is_signed_in(quick: Door) -> None:
    add(quick.app, Role.DPO, OTHER)
    me = quick.browser()
    quick.through(me)
    quick.provider.claims = {"auth_time": int(quick.clock.now.timestamp()), "sub": "person-8", "email": OTHER}

    assert is_refused(quick.through(me, f"{CONFIRM}?next={REGISTER}"))
    assert me.get(REGISTER).status_code == 403


def test_a_form_that_is_asked_about_waits_while_somebody_confirms_beside_it(quick: Door) -> None:
    me = quick.browser()
    quick.through(me)
    asked = me.post("/account/app").get_data(as_text=True)
    assert "I have confirmed it there, go on" in asked
    assert rows(quick.app, "SELECT * FROM staff_authenticators") == []

    quick.provider.claims = {"auth_time": int(quick.clock.now.timestamp())}
    assert "It is you" in quick.through(me, CONFIRM).get_data(as_text=True)
    assert me.post("/account/app").status_code == 302
    assert len(rows(quick.app, "SELECT * FROM staff_authenticators")) == 1


def test_signing_out_leads_to_where_the_session_at_the_provider_ends(quick: Door) -> None:
    me = quick.browser()
    quick.through(me)
    answer = me.post("/dashboard/sign-out")
    assert (answer.location, me.is_in) == ("/dashboard/signed-out", False)

    (leave,) = re.findall(r'href="([^"]+/leave\?[^"]+)"', me.get(answer.location).get_data(as_text=True))
    query = dict(parse_qsl(urlsplit(leave.replace("&amp;", "&")).query))
    assert query["client_id"] == CLIENT_ID
    assert query["post_logout_redirect_uri"].endswith(SIGN_IN)

    by_password = quick.browser()
    add(quick.app, Role.EDITOR, OTHER)
    by_password.email = OTHER
    by_password.sign_in(PASSWORD)
    assert by_password.post("/dashboard/sign-out").location == SIGN_IN
