"""How versions and texts are kept in rows, and a bounded cache of published ones, which never change.

Private to the package: ``queries`` hands out views, ``service`` writes.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from threading import Lock
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_slug
from consent_service.policies.clauses import Clause, PolicyText
from consent_service.policies.tables import Document, DocumentVersion, Purpose, VersionText
from consent_service.policies.terms import Terms
from consent_service.policies.views import TextInfo, Version

CACHE_SIZE = 512

_DOCUMENTS = Document.__table__
_VERSIONS = DocumentVersion.__table__
_TEXTS = VersionText.__table__
_PURPOSES = Purpose.__table__
VERSION_OF_DOCUMENT = and_(
    _VERSIONS.c.operator_id == _DOCUMENTS.c.operator_id, _VERSIONS.c.document_id == _DOCUMENTS.c.id
)

PURPOSE_OF_DOCUMENT = and_(
    _PURPOSES.c.operator_id == _DOCUMENTS.c.operator_id, _PURPOSES.c.document_id == _DOCUMENTS.c.id
)


class _PublishedVersions:
    """The versions used last, by operator and version."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._known: OrderedDict[tuple[int, UUID], Version] = OrderedDict()

    def get(self, operator_id: int, version_id: UUID) -> Version | None:
        with self._lock:
            version = self._known.get((operator_id, version_id))
            if version is not None:
                self._known.move_to_end((operator_id, version_id))
            return version

    def put(self, operator_id: int, version: Version) -> None:
        with self._lock:
            self._known[operator_id, version.id] = version
            while len(self._known) > self._size:
                self._known.popitem(last=False)


_published = _PublishedVersions(CACHE_SIZE)


def version_by_id(uow: UnitOfWork, version_id: UUID) -> Version:
    """Return one version; a published one is read from the database once.

    Raises:
        NotFoundError: The operator has no such version.
    """
    known = _published.get(uow.operator_id, version_id)
    if known is None:
        known = load_versions(uow, [version_id]).get(version_id)
    if known is None:
        raise NotFoundError("There is no such version of a document.")
    return known


def remembered_version(operator_id: int, version_id: UUID) -> Version | None:
    """Return a published version that this process has read before; None where it must be read."""
    return _published.get(operator_id, version_id)


def load_versions(uow: UnitOfWork, version_ids: Iterable[UUID]) -> dict[UUID, Version]:
    """Read versions by three statements, however many there are."""
    wanted = list(version_ids)
    rows = uow.session.execute(
        select(_VERSIONS, _DOCUMENTS.c.slug)
        .join(_DOCUMENTS, VERSION_OF_DOCUMENT)
        .where(_VERSIONS.c.operator_id == uow.operator_id, _VERSIONS.c.id.in_(wanted))
    ).all()
    texts = text_infos(uow, wanted)
    purposes = _purposes(uow, {row.document_id for row in rows})
    versions = {}
    for row in rows:
        terms = Terms.from_data(row.terms)
        ids = purposes[row.document_id]
        version = Version(
            row.id,
            row.document_id,
            operator_slug(uow),
            row.slug,
            row.version,
            row.in_force_on,
            row.in_force_at,
            row.published_at,
            row.change_kind,
            row.terms_sha256,
            terms,
            MappingProxyType(texts[row.id]),
            MappingProxyType({p.code: ids[p.code] for p in terms.purposes if p.code in ids}),
        )
        versions[version.id] = version
        # What this very transaction published may yet be rolled back, so it is not kept.
        if version.published_at is not None and version.published_at < uow.now:
            _published.put(uow.operator_id, version)
    return versions


def text_infos(uow: UnitOfWork, version_ids: Iterable[UUID]) -> defaultdict[UUID, dict[str, TextInfo]]:
    """Read what is known of the texts of versions, by version and language in the order of the alphabet."""
    found: defaultdict[UUID, dict[str, TextInfo]] = defaultdict(dict)
    columns = (_TEXTS.c.version_id, _TEXTS.c.language, _TEXTS.c.sha256, _TEXTS.c.text_kind, _TEXTS.c.title)
    for row in uow.session.execute(
        select(*columns)
        .where(_TEXTS.c.operator_id == uow.operator_id, _TEXTS.c.version_id.in_(list(version_ids)))
        .order_by(_TEXTS.c.language)
    ):
        found[row.version_id][row.language] = TextInfo(row.language, row.sha256, row.text_kind, row.title)
    return found


def _purposes(uow: UnitOfWork, document_ids: Iterable[UUID]) -> defaultdict[UUID, dict[str, UUID]]:
    found: defaultdict[UUID, dict[str, UUID]] = defaultdict(dict)
    for row in uow.session.execute(
        select(_PURPOSES.c.document_id, _PURPOSES.c.code, _PURPOSES.c.id).where(
            _PURPOSES.c.operator_id == uow.operator_id, _PURPOSES.c.document_id.in_(list(document_ids))
        )
    ):
        found[row.document_id][row.code] = row.id
    return found


def clauses_as_json(text: PolicyText) -> list[dict[str, object]]:
    """Write the clauses of a text as the JSON that the row keeps."""
    return [
        {"number": clause.number, "text": clause.text} | ({"heading": True} if clause.is_heading else {})
        for clause in text.clauses
    ]


def text_from_row(row: Any) -> PolicyText:  # Any: a result row
    """Read a text from its row."""
    return PolicyText(
        row.title,
        row.language,
        tuple(Clause(item["number"], item["text"], item.get("heading", False)) for item in row.clauses),
    )


def sources_of(uow: UnitOfWork, version_id: UUID) -> dict[str, Mapping[str, str]]:
    """Return where the words of a version come from, by language."""
    rows = uow.session.execute(
        select(_TEXTS.c.language, _TEXTS.c.source).where(
            _TEXTS.c.operator_id == uow.operator_id, _TEXTS.c.version_id == version_id
        )
    )
    return {row.language: row.source for row in rows}
