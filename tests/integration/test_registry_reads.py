"""What reads of documents, versions and purposes hand out, on a real database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import event

from consent_service.kernel.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
)
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.documents import OperatorFolder, read_folder
from consent_service.policies.queries import (
    list_documents,
    list_versions,
    resolve_purposes,
    terms_data_of,
    text_of,
    version_at,
    version_by_id,
    version_in_force,
    version_named,
)
from consent_service.policies.service import (
    SavedVersion,
    publish_version,
    save_draft,
    seed_folder,
)
from consent_service.policies.states import TextKind, VersionState
from tests.policy_samples import (
    DOCUMENT,
    FIRST,
    publish_sample,
    sample_draft,
    write_folder,
)

Uows = Callable[[], AbstractContextManager[UnitOfWork]]


@pytest.fixture
def folder(tmp_path: Path) -> OperatorFolder:
    return read_folder(write_folder(tmp_path))


@pytest.fixture
def uow(uow_factory: Uows) -> Iterator[UnitOfWork]:
    with uow_factory() as unit:
        yield unit


IN_FORCE = datetime(2025, 12, 31, 19, tzinfo=UTC)  # 00:00 of 1 January 2026 in Almaty


def _count_statements(uow: UnitOfWork, act: Callable[[], object]) -> int:
    seen: list[str] = []
    connection = uow.session.connection()

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    event.listen(connection, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return len(seen)


class _Undo(Exception):  # noqa: N818 - no error: it rolls back
    pass


def _publish_and_undo(uow_factory: Uows, folder: OperatorFolder, saved: list[SavedVersion]) -> None:
    with uow_factory() as uow:
        saved.append(publish_sample(uow, folder))
        assert version_in_force(uow, DOCUMENT, uow.now).id == saved[0].id
        raise _Undo


def test_documents_are_listed_with_what_is_announced(uow: UnitOfWork, folder: OperatorFolder) -> None:
    seed_folder(uow, folder)

    announced, policy = list_documents(uow, uow.now)

    assert (announced.slug, announced.state, announced.version) == (
        "cookie-policy",
        VersionState.ANNOUNCED,
        None,
    )
    assert announced.languages == ()
    assert (policy.state, policy.version, policy.kind) == (VersionState.IN_FORCE, FIRST, "consent")
    assert policy.languages == ("en", "kk", "ru")
    assert policy.sha256["kk"] == folder.versions[0].texts["kk"].sha256()
    assert policy.text_kind["kk"] is TextKind.RESTATEMENT


def test_an_announced_document_is_never_in_force_nor_published(uow: UnitOfWork, folder: OperatorFolder) -> None:
    seed_folder(uow, folder)

    with pytest.raises(ConflictError, match="announced but has no text"):
        version_in_force(uow, "cookie-policy", uow.now)
    with pytest.raises(ConflictError, match="announced but has no text"):
        publish_version(uow, "cookie-policy", FIRST)


def test_a_draft_is_not_in_force(uow: UnitOfWork, folder: OperatorFolder) -> None:
    save_draft(uow, sample_draft(folder))

    with pytest.raises(ConflictError, match="published first"):
        version_in_force(uow, DOCUMENT, uow.now)
    assert list_documents(uow, uow.now)[0].state is VersionState.DRAFT


def test_versions_follow_each_other_at_midnight_in_almaty(uow: UnitOfWork, folder: OperatorFolder) -> None:
    publish_sample(uow, folder)
    publish_sample(uow, folder, "2026-06-01", "2026-06-01")
    change = datetime(2026, 5, 31, 19, tzinfo=UTC)

    def named(at: datetime) -> str:
        return version_in_force(uow, DOCUMENT, at).version

    assert named(change - timedelta(microseconds=1)) == FIRST
    assert named(change) == "2026-06-01"
    assert [v.state for v in list_versions(uow, DOCUMENT, change)] == [
        VersionState.SUPERSEDED,
        VersionState.IN_FORCE,
    ]
    assert [v.state for v in list_versions(uow, DOCUMENT, change - timedelta(seconds=1))] == [
        VersionState.IN_FORCE,
        VersionState.SCHEDULED,
    ]
    with pytest.raises(ConflictError, match="the first is from 2026-01-01"):
        named(IN_FORCE - timedelta(microseconds=1))


def test_the_state_of_a_version_is_the_same_however_it_is_asked_for(uow: UnitOfWork, folder: OperatorFolder) -> None:
    publish_sample(uow, folder)
    publish_sample(uow, folder, "2026-06-01", "2026-06-01")
    save_draft(uow, sample_draft(folder, "2027", "2026-03-01"))

    for day in (date(2025, 1, 1), date(2026, 2, 1), date(2026, 7, 1)):
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        for view in list_versions(uow, DOCUMENT, at):
            assert version_at(uow, view.id, at) == view
            assert version_named(uow, f"fresh/{DOCUMENT}", view.version, at) == view


@pytest.mark.parametrize("moved", [timedelta(seconds=1), timedelta(0), timedelta(seconds=-1)])
def test_of_two_versions_of_one_day_the_one_published_last_is_in_force(
    uow: UnitOfWork, folder: OperatorFolder, moved: timedelta
) -> None:
    publish_sample(uow, folder, "2026-01-01-b", FIRST)
    then = replace(uow, now=uow.now + moved)
    publish_sample(then, folder, "2026-01-01-a", FIRST)

    assert version_in_force(then, DOCUMENT, then.now).version == "2026-01-01-a"
    assert [(v.version, v.state) for v in list_versions(then, DOCUMENT, then.now)] == [
        ("2026-01-01-b", VersionState.SUPERSEDED),
        ("2026-01-01-a", VersionState.IN_FORCE),
    ]


def test_a_purpose_keeps_its_id_through_versions(uow: UnitOfWork, folder: OperatorFolder) -> None:
    publish_sample(uow, folder)
    publish_sample(uow, folder, "2026-06-01", "2026-06-01")

    old, new = list_versions(uow, DOCUMENT, uow.now)
    assert old.purposes == new.purposes
    assert len(old.purposes) == 2


def test_purposes_are_found_by_each_form_of_their_name(uow: UnitOfWork, folder: OperatorFolder) -> None:
    seed_folder(uow, folder)
    names = ["newsletter", f"{DOCUMENT}#delivery", f"fresh/{DOCUMENT}#newsletter"]

    found = resolve_purposes(uow, names)

    assert [ref.code for ref in found] == ["newsletter", "delivery", "newsletter"]
    assert str(found[0]) == f"fresh/{DOCUMENT}#newsletter"
    assert found[0] == found[2]
    assert found[0].id == version_in_force(uow, DOCUMENT, uow.now).purposes["newsletter"]


def test_unknown_purposes_are_all_named(uow: UnitOfWork, folder: OperatorFolder) -> None:
    seed_folder(uow, folder)

    with pytest.raises(InvalidInputError) as refused:
        resolve_purposes(uow, ["newsletter", "profiling", f"umbrella/{DOCUMENT}#newsletter", "+77010000000"])

    problems = refused.value.fields["purpose"]
    assert len(problems) == 3
    assert "'profiling'" in problems[0]
    assert "+7701" not in refused.value.detail


def test_a_short_name_of_two_purposes_is_refused_with_the_long_ones(uow: UnitOfWork, folder: OperatorFolder) -> None:
    publish_sample(uow, folder)
    draft = sample_draft(folder)
    save_draft(uow, replace(draft, document="terms", terms_data={**draft.terms_data, "document": "terms"}))
    publish_version(uow, "terms", FIRST)

    with pytest.raises(InvalidInputError, match=f"fresh/{DOCUMENT}#newsletter, fresh/terms#newsletter"):
        resolve_purposes(uow, ["newsletter"])
    assert resolve_purposes(uow, ["terms#newsletter"])[0].document == "terms"


def test_another_operator_s_documents_look_like_missing_ones(uow: UnitOfWork, folder: OperatorFolder) -> None:
    saved = publish_sample(uow, folder)
    stranger = replace(uow, operator_id=uow.operator_id + 1000)

    assert version_by_id(replace(uow, now=uow.now + timedelta(seconds=1)), saved.id).version == FIRST
    for missing in ("nothing", f"umbrella/{DOCUMENT}"):
        with pytest.raises(NotFoundError):
            version_in_force(uow, missing, uow.now)
    for ask in (
        lambda: version_in_force(stranger, DOCUMENT, uow.now),
        lambda: version_at(stranger, saved.id, uow.now),
        lambda: text_of(stranger, saved.id, "ru"),
        lambda: terms_data_of(stranger, saved.id),
        lambda: list_versions(stranger, DOCUMENT, uow.now),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert list_documents(stranger, uow.now) == []


def test_a_text_comes_back_as_it_was_stored(uow: UnitOfWork, folder: OperatorFolder) -> None:
    saved = publish_sample(uow, folder)

    for language, text in folder.versions[0].texts.items():
        stored, info = text_of(uow, saved.id, language)
        assert stored == text
        assert info.sha256 == stored.sha256() == saved.sha256[language]
    with pytest.raises(NotFoundError, match="it has: en, kk, ru"):
        text_of(uow, saved.id, "de")
    with pytest.raises(NotFoundError):
        text_of(uow, uuid4(), "ru")


def test_terms_come_back_as_they_were_validated(uow: UnitOfWork, folder: OperatorFolder) -> None:
    saved = publish_sample(uow, folder)

    assert terms_data_of(uow, saved.id) == folder.versions[0].terms_data


def test_a_known_version_costs_one_statement_and_purposes_one(uow: UnitOfWork, folder: OperatorFolder) -> None:
    saved = publish_sample(uow, folder)
    later = replace(uow, now=uow.now + timedelta(seconds=1))
    version_in_force(later, DOCUMENT, later.now)

    assert _count_statements(uow, lambda: version_in_force(later, DOCUMENT, later.now)) == 1
    assert _count_statements(uow, lambda: resolve_purposes(later, ["delivery", "newsletter"])) == 1
    assert _count_statements(uow, lambda: version_by_id(later, saved.id)) == 0


def test_what_was_rolled_back_is_not_remembered(uow_factory: Uows, folder: OperatorFolder) -> None:
    saved: list[SavedVersion] = []
    with pytest.raises(_Undo):
        _publish_and_undo(uow_factory, folder, saved)

    with uow_factory() as uow, pytest.raises(NotFoundError):
        version_at(uow, saved[0].id, uow.now)


@pytest.mark.parametrize("name", ["", "a\x00b", "\ud800", "../x", "privacy policy"])
def test_names_that_no_row_can_have_are_answered_without_asking_for_them(
    uow: UnitOfWork, folder: OperatorFolder, name: str
) -> None:
    saved = publish_sample(uow, folder)

    with pytest.raises(NotFoundError):
        version_in_force(uow, name, uow.now)
    with pytest.raises(NotFoundError):
        version_named(uow, DOCUMENT, name, uow.now)
    with pytest.raises(NotFoundError):
        text_of(uow, saved.id, name)
    with pytest.raises(InvalidInputError):
        resolve_purposes(uow, [name])
