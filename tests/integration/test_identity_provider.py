"""Staff who come by an identity provider: who is let in, and each answer that lets nobody in."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.jwk import OctKey, RSAKey

from consent_service.accounts.resetting import reset_proofs
from consent_service.operators.access import Role
from consent_service.operators.staff import disable_staff, staff_at
from consent_service.services import services
from tests.accounts import ACCOUNT, EMAIL, SIGN_IN, add
from tests.doors import ANSWER, BEGIN, OTHER, REGISTER, Door, door_on, is_refused
from tests.integration.conftest import ACTOR, MovableClock
from tests.integration.test_jobs import rows
from tests.office import bound
from tests.providers import CLIENT_ID, CLIENT_SECRET, Claims


@pytest.fixture
def door(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[Door]:
    with door_on(database_url, tmp_path, clock) as made:
        yield made


@pytest.fixture
def quick(sqlite_template: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Door]:
    """The same on SQLite alone, for what no database decides."""
    with door_on(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'kelisim.db')}", tmp_path, clock) as made:
        yield made


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
