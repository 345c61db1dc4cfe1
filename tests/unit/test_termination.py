"""Every table has its place in the end of an operator, what is sealed goes, and the act has words for all of it."""

from consent_service.jobs.key_epochs import SEALED
from consent_service.subjects.service import PERSONAL_TABLES
from consent_service.termination.act import headings
from consent_service.termination.contents import (
    AT_ONCE,
    BY_THE_ROAD,
    EMPTIED_TABLES,
    KEPT,
    KEPT_TABLES,
    OF_ACCOUNTS,
    OF_ALL,
    ROLES,
    WORDS,
)
from consent_service.termination.states import MOVES, EndingReason, EndingState, WithoutExport
from consent_service.termination.words import HEADINGS, REASONS, WITHOUT_EXPORT
from consent_service.termination.words import KEPT as KEPT_WORDS
from tests.every_table import every_table


def test_every_table_goes_or_stays_for_a_reason_and_none_does_both() -> None:
    of_accounts = [name for name in OF_ACCOUNTS if name not in EMPTIED_TABLES]
    named = [*BY_THE_ROAD, *EMPTIED_TABLES, ROLES, *of_accounts, *KEPT_TABLES, *OF_ALL]

    assert sorted(named) == sorted(table.name for table in every_table())
    assert set(AT_ONCE) < set(EMPTIED_TABLES)
    assert {table.name for table in PERSONAL_TABLES} == set(BY_THE_ROAD)


def test_nothing_that_is_sealed_stays() -> None:
    stays = {(one.table.name, one.column.name) for one in SEALED if one.table.name in {*KEPT_TABLES, *OF_ALL}}

    assert stays == set(WORDS)


def test_what_belongs_to_an_operator_is_told_by_its_column_and_goes_before_what_it_refers_to() -> None:
    tables = {table.name: table for table in every_table()}
    order = [*BY_THE_ROAD, *EMPTIED_TABLES]

    assert {name for name in order if "operator_id" not in tables[name].columns} == set()
    for one in (order, OF_ACCOUNTS):
        for place, name in enumerate(one):
            referred = {key.column.table.name for key in tables[name].foreign_keys} - {name}
            assert referred.isdisjoint(one[:place]), name


def test_the_act_has_words_for_every_heading_reason_and_for_what_stays_in_both_languages() -> None:
    assert set(headings()) == set(HEADINGS)
    assert set(KEPT) == set(KEPT_WORDS)
    assert set(REASONS) == set(EndingReason)
    assert set(WITHOUT_EXPORT) == set(WithoutExport)
    for words in (HEADINGS, KEPT_WORDS, REASONS, WITHOUT_EXPORT):
        assert all(set(one) == {"kk", "ru"} for one in words.values())


def test_once_begun_an_end_leads_to_nothing_but_done() -> None:
    assert set(MOVES) == set(EndingState)
    assert MOVES[EndingState.RUNNING] == {EndingState.DONE}
