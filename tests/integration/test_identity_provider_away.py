"""An identity provider that does not answer, answers wrongly, is asked too often, or is none."""

import pytest
from flask import Flask

from tests.accounts import SIGN_IN, Browser, add
from tests.doors import ANSWER, BEGIN, CONFIRM, Door
from tests.integration.conftest import MovableClock
from tests.integration.test_identity_provider import quick
from tests.providers import Claims

__all__ = ["quick"]


def test_a_provider_that_does_not_answer_is_said_to_and_left_alone_for_a_while(quick: Door) -> None:
    provider, me = quick.provider, quick.browser()
    provider.status = 500
    for _ in range(3):
        answer = me.get(BEGIN)
        assert (answer.status_code, "does not answer" in answer.get_data(as_text=True)) == (503, True)
    assert len(provider.asked) == 1
    assert me.sign_in().status_code == 302  # the password goes on

    provider.status = 200
    quick.clock.move(seconds=31)
    code, state = quick.sent(me)
    provider.status = 502
    assert quick.back(me, code, state).status_code == 503


@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://other.example"}, {"token_endpoint": "ftp://x/"}, {"jwks_uri": None}, {"token_endpoint": 7}],
    ids=str,
)
def test_a_provider_that_describes_itself_wrongly_is_not_gone_to(quick: Door, metadata: Claims) -> None:
    quick.provider.metadata = metadata

    assert quick.browser().get(BEGIN).status_code == 503


def test_one_network_sends_nobody_to_the_provider_without_end(quick: Door) -> None:
    me = quick.browser()
    assert [me.get(BEGIN).status_code for _ in range(61)] == [302] * 60 + [403]
    quick.clock.move(minutes=1)
    assert me.get(BEGIN).status_code == 302


def test_without_a_provider_there_is_no_way_by_one(house: Flask, clock: MovableClock) -> None:
    add(house)
    me = Browser(house, clock)
    assert BEGIN not in me.get(SIGN_IN).get_data(as_text=True)
    assert {me.get(path).status_code for path in (BEGIN, ANSWER, "/dashboard/signed-out")} == {404}
    me.sign_in()
    assert me.get(CONFIRM).status_code == 404
