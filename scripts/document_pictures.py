"""A draft of a document, for its pictures."""

from datetime import date

from flask import Flask

from consent_service.kernel.uow import Actor
from consent_service.policies.clauses import PolicyText
from consent_service.policies.drafts import DraftText
from consent_service.policies.editing import EDITED, begin_draft, draft_named, edit_text
from consent_service.policies.restatements import parse_clauses, write_clauses
from consent_service.services import services
from tests.office import bound

DOCUMENT, SOURCE, NAME = "personal-data-agreement", "2026-01-01", "2027"
PAGES = (
    f"/dashboard/uof/documents/{DOCUMENT}/drafts/{NAME}",
    f"/dashboard/uof/documents/{DOCUMENT}?version={NAME}",
    f"/dashboard/uof/changes/{DOCUMENT}/{NAME}",
)


def prepare_draft(app: Flask) -> None:
    """Begin a draft in which a clause reads otherwise and another is gone."""
    with app.app_context(), services().write(Actor("command", "pictures")) as unbound:
        uow = bound(unbound)
        begin_draft(uow, DOCUMENT, SOURCE, NAME, date(2027, 2, 1))
        for language in ("kk", "ru"):
            shown = draft_named(uow, DOCUMENT, NAME)
            known = shown.texts[language]
            paragraphs = (write_clauses(known.text) or "").split("\n\n")
            written = "\n\n".join([paragraphs[0], *paragraphs[2:-1], paragraphs[-1] + " (2027)"])
            text = PolicyText(known.text.title, language, parse_clauses(written, language))
            edit_text(uow, DOCUMENT, NAME, language, DraftText(text, known.kind, EDITED), seen=shown.mark)
