"""The size class of an operator by number and by kind of data."""

from collections.abc import Iterable
from enum import StrEnum

import pytest

from consent_service.governance.names import name_of
from consent_service.governance.rules import size_class
from consent_service.governance.states import EntryKind, SizeClass
from consent_service.letters.states import LetterKind, LetterState
from consent_service.operators.access import Role
from consent_service.withdrawals.states import Bar, WithdrawalChannel, WithdrawalState


@pytest.mark.parametrize(
    ("people", "restricted", "expected"),
    [
        (0, False, SizeClass.SMALL),
        (10_000, False, SizeClass.SMALL),
        (10_001, False, SizeClass.MEDIUM),
        (500_000, False, SizeClass.MEDIUM),
        (500_001, False, SizeClass.LARGE),
        (10_000, True, SizeClass.MEDIUM),
        (10_001, True, SizeClass.LARGE),
        (500_001, True, SizeClass.LARGE),
    ],
)
def test_94_v_10_1_the_class_goes_by_number_and_restricted_data_lift_it_by_one(
    people: int, restricted: bool, expected: SizeClass
) -> None:
    assert size_class(people, restricted=restricted) is expected


@pytest.mark.parametrize(
    "kind", [EntryKind, SizeClass, Role, LetterKind, LetterState, WithdrawalState, WithdrawalChannel, Bar]
)
def test_everything_on_the_paper_has_a_name_in_each_language(kind: Iterable[StrEnum]) -> None:
    for member in kind:
        assert len({name_of(member, language) for language in ("kk", "ru", "en")}) > 1, member
