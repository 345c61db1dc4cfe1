"""New versions of documents, people who agreed to them, and where they stand."""

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Flask

from consent_service.policies.clauses import PolicyText
from consent_service.policies.documents import read_folder
from consent_service.policies.drafts import DraftText, SaveDraft, save_draft
from consent_service.policies.service import publish_version
from consent_service.policies.states import TextKind
from consent_service.policies.terms import AppliesTo
from consent_service.services import services
from tests.factories import POLICIES, consent, seed_policies
from tests.integration.conftest import ACTOR, Api
from tests.integration.test_answers_that_rule import codes_of

Alter = Callable[[dict[str, Any]], None]  # Any: JSON values
Reword = Callable[[PolicyText], PolicyText]
DECLARED = {"adult": True, "stateless": False, "other_programme": False}
REFERRAL, PARTNER, PRIVACY = "referral-agreement", "partner-agreement", "privacy-policy"
NEXT = "2027-A"


def draft(
    app: Flask,
    operator: str,
    document: str,
    day: date,
    alter: Alter | None = None,
    name: str = NEXT,
    reword: Reword = lambda text: text,
    without: str = "",
) -> None:
    """Keep a draft that follows the version in the folder: altered terms, other words, one language less."""
    folder = read_folder(POLICIES / operator)
    source = next(version for version in folder.versions if version.document == document)
    terms = copy.deepcopy(dict(source.terms_data)) | {"version": name}
    terms["dates"] = {"printed_on": None, "in_force_on": day.isoformat(), "date_source": "operator"}
    if alter is not None:
        alter(terms)
    texts = {
        language: DraftText(reword(text), TextKind.RESTATEMENT, {"file": f"{language}.md"})
        for language, text in source.texts.items()
        if language != without
    }
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, operator))
        save_draft(uow, SaveDraft(document, terms["title"], terms["kind"], name, terms, texts))


def publish(
    app: Flask,
    operator: str,
    document: str,
    day: date,
    *,
    alter: Alter | None = None,
    change: AppliesTo | None = None,
    name: str = NEXT,
    reword: Reword = lambda text: text,
    without: str = "",
) -> None:
    draft(app, operator, document, day, alter, name, reword, without)
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, operator))
        publish_version(uow, document, name, change=change)


def agree(api: Api, operator: str, document: str, ref: str = "person-1", **more: Any) -> None:  # Any: JSON values
    body = {
        "subject": {"ref": ref, "identifiers": {"email": f"{ref}@example.kz"}},
        "choices": [{"purpose": code, "granted": True} for code in codes_of(api, operator, document)],
        "declarations": DECLARED,
    }
    answer = api.post("/consents", consent(document, **(body | more)))
    assert answer.status_code == 201, answer.json


def change_of(api: Api, document: str, ref: str = "person-1") -> Any:  # Any: JSON
    return one_of(api, document, ref)["changes"][-1]


def one_of(api: Api, document: str, ref: str = "person-1") -> Any:  # Any: JSON
    items = api.get(f"/subjects/{ref}/standing").json["items"]
    return next(item for item in items if item["document"].endswith(f"/{document}"))


def new_recipient(terms: dict[str, Any]) -> None:  # Any: JSON values
    terms["recipients"] = [
        *terms.get("recipients", []),
        {
            "code": "new_partner",
            "country": "abroad",
            "name": {"kk": "Жаңа серіктес", "ru": "Новый партнёр", "en": "A new partner"},
            "clause": terms["purposes"][0]["clause"],
        },
    ]
