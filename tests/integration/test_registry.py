"""Drafts, publishing and seeding on a real database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError

from consent_service.kernel.errors import (
    ConflictError,
    InvalidInputError,
    PolicyDataError,
)
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.tables import LedgerEvent
from consent_service.policies.clauses import Clause
from consent_service.policies.documents import OperatorFolder, read_folder
from consent_service.policies.queries import (
    document_id,
    list_documents,
    version_in_force,
    version_named,
)
from consent_service.policies.service import (
    ensure_document,
    publish_version,
    save_draft,
    seed_folder,
)
from consent_service.policies.states import TextKind, VersionState
from consent_service.policies.tables import DocumentVersion, VersionText
from tests.policy_samples import (
    DOCUMENT,
    FIRST,
    TITLES,
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


def test_a_folder_is_seeded_published_and_in_force(uow: UnitOfWork, folder: OperatorFolder) -> None:
    seed_folder(uow, folder)

    view = version_in_force(uow, DOCUMENT, uow.now)

    assert (view.operator, view.document, view.version) == ("fresh", DOCUMENT, FIRST)
    assert view.state is VersionState.IN_FORCE
    assert view.in_force_at == IN_FORCE
    assert set(view.purposes) == {"delivery", "newsletter"}
    assert set(view.texts) == {"kk", "ru", "en"}
    assert all(info.text_kind is TextKind.RESTATEMENT for info in view.texts.values())
    assert view.texts["ru"].sha256 == folder.versions[0].texts["ru"].sha256()


def test_seeding_twice_changes_nothing(uow: UnitOfWork, folder: OperatorFolder) -> None:
    first = seed_folder(uow, folder)
    before = list_documents(uow, uow.now)
    second = seed_folder(uow, folder)

    assert [saved.id for saved in first] == [saved.id for saved in second]
    assert [saved.is_published for saved in second] == [True]
    assert list_documents(uow, uow.now) == before


def test_a_changed_folder_of_a_published_version_is_refused(uow: UnitOfWork, folder: OperatorFolder) -> None:
    seed_folder(uow, folder)
    version = folder.versions[0]
    text = version.texts["ru"]
    other = replace(text, clauses=(*text.clauses, Clause("9", "new")))
    changed = replace(folder, versions=(replace(version, texts={**version.texts, "ru": other}),))

    with pytest.raises(ConflictError, match="never changes"):
        seed_folder(uow, changed)


def test_an_announced_document_gets_its_kind_with_its_text(uow: UnitOfWork) -> None:
    first = ensure_document(uow, "cookie-policy", TITLES, None)
    second = ensure_document(uow, "cookie-policy", TITLES, "notice")

    assert first == second == document_id(uow, "fresh/cookie-policy")
    assert list_documents(uow, uow.now)[0].kind == "notice"
    ensure_document(uow, "cookie-policy", TITLES, None)
    assert list_documents(uow, uow.now)[0].kind == "notice"


def test_a_draft_may_be_saved_again(uow: UnitOfWork, folder: OperatorFolder) -> None:
    first = save_draft(uow, sample_draft(folder, languages="kk"))
    second = save_draft(uow, sample_draft(folder))

    assert first.id == second.id
    view = version_named(uow, DOCUMENT, FIRST, uow.now)
    assert view.state is VersionState.DRAFT
    assert set(view.texts) == {"kk", "ru", "en"}
    assert view.purposes == {}


def test_a_version_without_kazakh_or_russian_cannot_be_published(uow: UnitOfWork, folder: OperatorFolder) -> None:
    save_draft(uow, sample_draft(folder, languages="en"))
    with pytest.raises(ConflictError, match=r"Kazakh \(kk\) and Russian \(ru\)"):
        publish_version(uow, DOCUMENT, FIRST)

    save_draft(uow, sample_draft(folder, languages="kk en"))
    with pytest.raises(ConflictError, match=r"no text in Russian \(ru\)"):
        publish_version(uow, DOCUMENT, FIRST)

    save_draft(uow, sample_draft(folder, languages="kk ru"))
    assert publish_version(uow, DOCUMENT, FIRST).state is VersionState.IN_FORCE


def test_a_version_is_published_once(uow: UnitOfWork, folder: OperatorFolder) -> None:
    publish_sample(uow, folder)

    with pytest.raises(ConflictError, match="published already"):
        publish_version(uow, DOCUMENT, FIRST)


def test_incomplete_terms_cannot_be_published(uow: UnitOfWork, folder: OperatorFolder) -> None:
    draft = sample_draft(folder)
    effects = {**draft.terms_data["withdrawal"], "effects": [{"when": "at_receipt"}]}
    save_draft(uow, replace(draft, terms_data={**draft.terms_data, "purposes": [], "withdrawal": effects}))

    with pytest.raises(PolicyDataError, match="at least one purpose"):
        publish_version(uow, DOCUMENT, FIRST)


def test_a_draft_with_the_name_of_a_published_version_is_refused(uow: UnitOfWork, folder: OperatorFolder) -> None:
    saved = publish_sample(uow, folder)

    again = save_draft(uow, sample_draft(folder))
    assert (again.id, again.is_published) == (saved.id, True)
    with pytest.raises(ConflictError, match="new version name"):
        save_draft(uow, sample_draft(folder, languages="kk ru"))
    with pytest.raises(ConflictError, match="new version name"):
        save_draft(uow, sample_draft(folder, day="2026-02-01"))


@pytest.mark.parametrize("key", ["operator", "document", "version"])
def test_terms_of_something_else_are_refused(uow: UnitOfWork, folder: OperatorFolder, key: str) -> None:
    draft = sample_draft(folder)

    with pytest.raises(InvalidInputError, match=f"of another {key}"):
        save_draft(uow, replace(draft, terms_data={**draft.terms_data, key: "else"}))


def test_a_text_under_another_language_is_refused(uow: UnitOfWork, folder: OperatorFolder) -> None:
    draft = sample_draft(folder)

    with pytest.raises(InvalidInputError, match="'ru' is in 'kk'"):
        save_draft(uow, replace(draft, texts={**draft.texts, "ru": draft.texts["kk"]}))


def test_a_version_is_not_published_before_a_later_one(uow: UnitOfWork, folder: OperatorFolder) -> None:
    publish_sample(uow, folder, "2026-06-01", "2026-06-01")
    save_draft(uow, sample_draft(folder, FIRST, FIRST))

    with pytest.raises(ConflictError, match="in force from 2026-06-01"):
        publish_version(uow, DOCUMENT, FIRST)
    view = publish_version(uow, DOCUMENT, FIRST, in_force_on=date(2026, 7, 1))
    assert view.in_force_on == date(2026, 7, 1)
    assert view.terms.dates.in_force_on == date(2026, 7, 1)
    assert view.terms.dates.date_source == "operator"


def test_publishing_is_recorded_with_every_digest(uow: UnitOfWork, folder: OperatorFolder) -> None:
    saved = publish_sample(uow, folder)

    body = uow.session.query(LedgerEvent).filter_by(operator_id=uow.operator_id, kind="version_published").one().body
    assert body is not None
    recorded = body.decode()
    for digest in (*saved.sha256.values(), saved.terms_sha256):
        assert digest in recorded
    assert '"text_kind":"restatement"' in recorded


def test_a_published_version_and_its_texts_cannot_be_changed(uow: UnitOfWork, folder: OperatorFolder) -> None:
    saved = publish_sample(uow, folder)
    uow.session.flush()

    for statement in (
        update(DocumentVersion).where(DocumentVersion.id == saved.id).values(terms_sha256="0" * 64),
        update(VersionText).where(VersionText.version_id == saved.id).values(title="else"),
    ):
        with pytest.raises(DatabaseError), uow.session.begin_nested():
            uow.session.execute(statement)
