"""An export holds every table and everything that is sealed, or says why not; its index has words for all of it."""

from sqlalchemy import LargeBinary

from consent_service.exports.states import ExportReason
from consent_service.jobs.key_epochs import SEALED
from consent_service.leaving.contents import EXPORTED, GROUPS, LEFT_OUT, SECRET_COLUMNS
from consent_service.leaving.reading import OPENED, left_out_of
from consent_service.leaving.words import GROUP_NAMES, HEADS, LANGUAGES, REASONS, WORDS
from consent_service.subjects.opened import OPENED_TABLES
from consent_service.subjects.service import PERSONAL_TABLES
from tests.every_table import every_table

ABSENT = {name for names in LEFT_OUT.values() for name in names}


def test_every_table_is_exported_or_left_out_for_a_reason_and_none_is_both() -> None:
    named = [*EXPORTED, *(name for names in LEFT_OUT.values() for name in names)]

    assert sorted(named) == sorted(table.name for table in every_table())


def test_what_is_sealed_is_opened_or_is_a_secret_or_its_table_is_left_out() -> None:
    for one in SEALED:
        place = (one.table.name, one.column.name)
        ways = [any(one.column is other.column for other in OPENED), place in SECRET_COLUMNS, one.table.name in ABSENT]
        assert ways.count(True) == 1, place
    assert {table.name for table in PERSONAL_TABLES} == OPENED_TABLES


def test_what_is_left_out_of_a_table_is_a_hash_an_index_a_key_or_a_secret() -> None:
    left = {
        (table.name, name) for table in every_table() if table.name in EXPORTED for name in left_out_of(table)
    } - SECRET_COLUMNS

    assert left == {
        ("credentials", "lookup"),
        ("consent_imports", "file_index"),
        ("staff_invitations", "token_hash"),
        ("staff_members", "email_index"),
        ("subject_identifiers", "value_index"),
        ("subject_requests", "tracking_lookup"),
        ("subjects", "key_wrapped"),
        ("subjects", "ref_index"),
    }
    assert all(
        isinstance(column.type, LargeBinary)
        for table in every_table()
        for column in table.columns
        if (table.name, column.name) in left
    )


def test_the_index_has_words_for_every_heading_and_reason_in_both_languages() -> None:
    assert set(WORDS) == set(HEADS) == set(REASONS) == set(GROUP_NAMES) == set(LANGUAGES)
    for language in LANGUAGES:
        assert set(GROUP_NAMES[language]) == set(GROUPS)
        assert set(REASONS[language]) == set(ExportReason)
        assert set(WORDS[language]) == set(WORDS["kk"])
