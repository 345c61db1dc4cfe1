"""Every kind of event has its words in three languages and stands in one group."""

import pytest

from consent_service.ledger.events import EventType
from consent_service.ledger.words import group_name, group_of, kind_name, kinds_by_group

LANGUAGES = ("kk", "ru", "en")


def test_every_kind_stands_in_exactly_one_group() -> None:
    named = [kind for kinds in kinds_by_group().values() for kind in kinds]

    assert sorted(named) == sorted(EventType)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_kind_lacks_its_own_words(language: str) -> None:
    other = kind_name("of a later release", language)

    assert {kind for kind in EventType if kind_name(kind, language) in {"", other}} == set()
    assert all(group_name(group_of(kind), language) for kind in EventType)


def test_words_of_one_language_are_not_those_of_another() -> None:
    for kind in EventType:
        assert len({kind_name(kind, language) for language in LANGUAGES}) == 3, kind
    for group in kinds_by_group():
        assert len({group_name(group, language) for language in LANGUAGES}) == 3, group
