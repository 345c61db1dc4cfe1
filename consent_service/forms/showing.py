"""What a browser is told to show, made from the versions in force and kept in memory for some seconds."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson

from consent_service.forms.changes import Known, since
from consent_service.forms.queries import FormView, form_named
from consent_service.forms.words import label, words
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_named
from consent_service.operators.sites import KnownSite
from consent_service.policies.queries import VersionView, version_in_force
from consent_service.policies.restatements import LANGUAGES

KEPT = timedelta(seconds=10)
_MOST_KEPT = 2000


@dataclass(frozen=True, slots=True)
class ShownForm:
    """The answer to a browser: JSON, and the digest by which it is known."""

    site: KnownSite
    form_id: UUID
    body: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser asked for: a form of a site in a language, and what changed ``since``."""

    site_key: str
    form: str
    language: str
    since: frozenset[str]


class FormMemory:
    """The forms that were shown lately; a change is seen everywhere when ``KEPT`` is over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Asked, tuple[datetime, ShownForm]] = OrderedDict()

    def find(self, asked: Asked, now: datetime) -> ShownForm | None:
        """Return what is known and still good."""
        with self._lock:
            until, shown = self._kept.get(asked, (now, None))
            return shown if now < until else None

    def keep(self, shown: ShownForm, asked: Asked, now: datetime) -> None:
        """Keep what was made."""
        with self._lock:
            self._kept[asked] = (now + KEPT, shown)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        """Forget all of it, since something was changed here."""
        with self._lock:
            self._kept.clear()


def show_form(
    uow: UnitOfWork, site: KnownSite, code: str, wanted: str, base_url: str, known: Known = MappingProxyType({})
) -> ShownForm:
    """Make what a browser shows, in the language wanted where every document has a text in it.

    ``known``: the versions that the person answered to before; what changed since is shown with the documents.

    Raises:
        NotFoundError: The site has no such form.
        ConflictError: A document of it has no version in force.
    """
    form = form_named(uow, site, code)
    versions = {name: version_in_force(uow, name, uow.now) for name in form.documents}
    language = next(one for one in (wanted, *LANGUAGES) if all(one in version.texts for version in versions.values()))
    shown = {
        "site_key": site.site_key,
        "form": form.form,
        "edition": form.edition,
        "language": language,
        "operator": operator_named(uow).name[language],
        "documents": [
            _document(version, language, base_url) | {"since": since(uow, version, known.get(name), language, base_url)}
            for name, version in versions.items()
        ],
        "boxes": boxes_shown(form, versions, language),
        "words": words(language),
    }
    body = orjson.dumps(shown)
    return ShownForm(site, form.id, body, hashlib.sha256(body).hexdigest())


def boxes_shown(
    form: FormView, versions: dict[str, VersionView], language: str
) -> Sequence[dict[str, Any]]:  # Any: JSON values
    """Return the boxes of a form with the words beside them."""
    return [
        {
            "box": box.id,
            "document": box.document,
            "purpose": box.purpose,
            "kind": str(box.kind),
            "required": box.required,
            "label": label(box, versions[box.document].terms, language),
        }
        for box in form.boxes
    ]


def _document(version: VersionView, language: str, base_url: str) -> dict[str, Any]:  # Any: JSON values
    text = version.texts[language]
    return {
        "document": version.document,
        "title": text.title,
        "version": version.version,
        "sha256": text.sha256,
        "text_kind": str(text.text_kind),
        "url": f"{base_url}/p/{version.name}/{version.version}?lang={language}",
    }
