"""What becomes of a published file in the registry, on a real database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from consent_service.kernel.errors import (
    ConflictError,
    InvalidInputError,
    PolicyDataError,
)
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.clauses import Clause, PolicyText
from consent_service.policies.documents import OperatorFolder, read_folder
from consent_service.policies.importing import ImportedDocument, ImportedFile
from consent_service.policies.queries import (
    version_in_force,
    version_named,
)
from consent_service.policies.service import (
    ImportPublished,
    import_published,
    publish_version,
    seed_folder,
)
from consent_service.policies.states import TextKind, VersionState
from tests.policy_samples import (
    DOCUMENT,
    FIRST,
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


def _imported(printed_on: date | None = None, words: str = "Жарияланған сөз") -> ImportedFile:
    clauses = (Clause("preamble", words), Clause("1", "Бірінші", is_heading=True), Clause("1.1", "Түйме"))
    text = PolicyText("САЯСАТ", "kk", clauses)
    return ImportedFile(
        documents=(
            ImportedDocument(slug=DOCUMENT, title="САЯСАТ", text=text, printed_on=printed_on, notes=()),
            ImportedDocument(slug="cookie-policy", title="Cookie", text=None, printed_on=None, notes=()),
        ),
        source_sha256="0" * 64,
        media_type="text/plain",
        dropped=(),
    )


def test_seeding_leaves_an_imported_draft_alone(uow: UnitOfWork, folder: OperatorFolder) -> None:
    import_published(uow, ImportPublished(_imported(), "kk", folder, in_force_on=date(2026, 1, 1)))

    assert seed_folder(uow, folder) == []
    assert version_named(uow, DOCUMENT, FIRST, uow.now).texts["kk"].text_kind is TextKind.PUBLISHED


def test_an_undated_text_needs_a_day(uow: UnitOfWork, folder: OperatorFolder) -> None:
    with pytest.raises(InvalidInputError, match=f"No date is printed in {DOCUMENT}"):
        import_published(uow, ImportPublished(_imported(), "kk", folder))


def test_an_imported_text_becomes_a_draft_with_the_restatements(uow: UnitOfWork, folder: OperatorFolder) -> None:
    command = ImportPublished(_imported(), "kk", folder, in_force_on=date(2026, 3, 1))

    policy, announced = import_published(uow, command)

    assert announced.saved is None
    assert policy.saved is not None
    assert policy.saved.version == "2026-03-01"
    assert policy.saved.text_kind == {
        "kk": TextKind.PUBLISHED,
        "ru": TextKind.RESTATEMENT,
        "en": TextKind.RESTATEMENT,
    }
    assert any("other clauses" in note for note in policy.notes)
    view = version_named(uow, DOCUMENT, "2026-03-01", uow.now)
    assert view.state is VersionState.DRAFT
    assert view.terms.dates.date_source == "operator"
    assert publish_version(uow, DOCUMENT, "2026-03-01").texts["kk"].text_kind is TextKind.PUBLISHED


def test_a_printed_date_names_the_version(uow: UnitOfWork, folder: OperatorFolder) -> None:
    command = ImportPublished(_imported(date(2026, 1, 1)), "kk", folder)

    saved = import_published(uow, command)[0].saved

    assert saved is not None
    assert (saved.version, saved.in_force_on) == (FIRST, date(2026, 1, 1))
    assert version_named(uow, DOCUMENT, FIRST, uow.now).terms.dates.printed_on == date(2026, 1, 1)


def test_the_operator_s_own_text_of_a_restated_version_gets_a_name_of_its_own(
    uow: UnitOfWork, folder: OperatorFolder
) -> None:
    seed_folder(uow, folder)
    command = ImportPublished(_imported(), "kk", folder, in_force_on=date(2026, 1, 1))

    policy = import_published(uow, command)[0]

    assert policy.saved is not None
    assert policy.saved.version == "2026-01-01-published"
    assert any("never changes" in note for note in policy.notes)
    later = replace(uow, now=uow.now + timedelta(seconds=1))
    publish_version(later, DOCUMENT, "2026-01-01-published")
    assert version_in_force(later, DOCUMENT, later.now).version == "2026-01-01-published"
    again = import_published(later, command)[0].saved
    assert again is not None
    assert again.is_published
    with pytest.raises(ConflictError, match="new version name"):
        import_published(later, replace(command, file=_imported(words="Басқа")))


def test_a_document_without_a_folder_needs_its_rules_before_it_is_published(uow: UnitOfWork) -> None:
    command = ImportPublished(_imported(), "kk", None, version="first", in_force_on=date(2026, 3, 1))

    policy = import_published(uow, command)[0]

    assert policy.saved is not None
    assert policy.saved.version == "first"
    assert any("must be added" in note for note in policy.notes)
    assert version_named(uow, DOCUMENT, "first", uow.now).terms.purposes == ()
    with pytest.raises(PolicyDataError, match="at least one purpose"):
        publish_version(uow, DOCUMENT, "first")


def test_the_folder_of_another_operator_is_refused(uow: UnitOfWork, folder: OperatorFolder) -> None:
    with pytest.raises(InvalidInputError, match="of another operator"):
        import_published(uow, ImportPublished(_imported(), "kk", replace(folder, slug="umbrella")))
