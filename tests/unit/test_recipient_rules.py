"""Whom ended purposes concern, and what a transfer owes by terms and law."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from consent_service.deadlines.catalogue import load_catalogue
from consent_service.deadlines.periods import Period
from consent_service.policies.documents import read_folder
from consent_service.policies.terms import AnswerRule, AnswerTrigger, Terms
from consent_service.recipients.rules import Holder, concerned, transfer_duties
from tests.factories import SIXTH

AT = datetime(2026, 11, 23, 5, tzinfo=UTC)
ONE, OTHER = UUID(int=1), UUID(int=2)


def terms(*answers: AnswerRule) -> Terms:
    folder = read_folder(SIXTH / "acme")
    return replace(Terms.from_data(folder.versions[0].terms_data), answers=answers)


def test_those_whose_purposes_ended_are_concerned_and_nobody_else() -> None:
    holders = [Holder(ONE, frozenset({"a#x", "a#y"})), Holder(OTHER, frozenset({"a#z"}))]

    assert concerned(holders, {"a#x", "b#x"}, {}) == {ONE: ["a#x"]}


def test_whoever_was_given_the_data_is_concerned_whatever_the_register_says_now() -> None:
    holders = [Holder(ONE, frozenset()), Holder(OTHER, frozenset())]

    assert concerned(holders, {"a#x"}, {OTHER: {"a#x"}}) == {OTHER: ["a#x"]}


def test_silent_terms_owe_no_notice_of_a_transfer() -> None:
    assert transfer_duties(terms(), agreed=False, at=AT, catalogue=load_catalogue()) == []


def test_94_v_19_terms_with_a_condition_owe_the_notice_by_law_and_by_their_own_period() -> None:
    rule = AnswerRule(
        code="transfer_notice",
        trigger=AnswerTrigger.TRANSFER,
        action="tell",
        period=Period.parse("3wd"),
        clause=("4.1",),
    )

    law, policy = transfer_duties(terms(rule), agreed=False, at=AT, catalogue=load_catalogue())

    assert (law.code, str(law.period), law.origin) == ("notify_transfer", "10wd", "law")
    assert (policy.code, str(policy.period), policy.clause, policy.action) == (
        "policy_transfer_notice", "3wd", "4.1", law.action,
    )  # fmt: skip
    assert "4.1" in policy.source["kk"]
