"""Sessions of staff who come by an identity provider: a second factor, being asked anew, signing out."""

import re
import shutil
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from consent_service.operators.access import Role
from tests.accounts import SIGN_IN, add
from tests.doors import BEGIN, CONFIRM, OTHER, REGISTER, Door, door_on, is_refused
from tests.integration.conftest import MovableClock
from tests.integration.test_identity_provider import door, quick
from tests.integration.test_jobs import rows
from tests.office import PASSWORD
from tests.providers import CLIENT_ID, Claims

__all__ = ["door", "quick"]


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
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'kelisim.db')}"
    with door_on(url, tmp_path, clock, OIDC_SECOND_FACTOR_BY_PROVIDER="amr:mfa acr:gold") as door:
        known, me = door.browser(), door.browser()
        known.sign_in()
        known.set_up_app()
        door.provider.claims = claims
        location = me.get(BEGIN).location
        assert "acr_values=gold" in location
        door.back(me, *door.provider.code_for(location))

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
