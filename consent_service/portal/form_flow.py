"""Which questions a form asks, in which order, and which comes next.  Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from consent_service.subject_requests.states import RequestType

Answers = Mapping[str, Mapping[str, Any]]  # Any: JSON values; by question


class Step(StrEnum):
    """A question, by its place in the address."""

    DOCUMENT = "document"
    PURPOSES = "purposes"
    WORDS = "words"
    WHO = "who"
    REPRESENTATIVE = "representative"
    FILES = "files"
    CONTACT = "contact"
    CODE = "code"
    REVIEW = "review"


_T = RequestType
NEEDS_WORDS = frozenset({_T.CORRECTION, _T.BLOCKING, _T.RESTRICTION, _T.OBJECTION_AUTOMATED, _T.REMOVAL_PUBLIC}) | {
    _T.CLAIM,
    _T.COMPLAINT,
}
WITH_FILES = NEEDS_WORDS - {_T.RESTRICTION}
# Who acts, for a person of which age, by what is ticked.
ACTING = {
    "self": ("person", "adult"),
    "both": ("both", "from_14_to_17"),
    "child": ("representative", "under_14"),
    "other": ("representative", "adult"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What an operator's form can ask about: its documents with the codes of their purposes; whether mail goes out."""

    documents: Mapping[str, Sequence[str]]
    has_mail: bool


def steps(kind: RequestType, answers: Answers, offer: Offer) -> list[Step]:
    """Return the questions of a form in order, as far as the answers given so far decide which they are."""
    withdraws = kind is RequestType.WITHDRAWAL
    acts_for_another = answers.get(Step.WHO, {}).get("who", "self") != "self"
    asked = {
        Step.DOCUMENT: len(offer.documents) > 1,
        Step.PURPOSES: withdraws and len(offer.documents.get(chosen_document(answers, offer) or "", ())) > 1,
        Step.WORDS: not withdraws,
        Step.WHO: True,
        Step.REPRESENTATIVE: acts_for_another,
        Step.FILES: kind in WITH_FILES or acts_for_another,
        Step.CONTACT: True,
        Step.CODE: offer.has_mail and bool(answers.get(Step.CONTACT, {}).get("email")),
    }
    return [step for step, is_asked in asked.items() if is_asked]


def chosen_document(answers: Answers, offer: Offer) -> str | None:
    """Return the document that a form is about: the one that was chosen, or the only one there is."""
    if len(offer.documents) == 1:
        return next(iter(offer.documents))
    return answers.get(Step.DOCUMENT, {}).get("document") or None


def chosen_purposes(answers: Answers) -> list[str] | None:
    """Return the purposes that are withdrawn; None for all."""
    found = answers.get(Step.PURPOSES, {})
    return list(found["purposes"]) if found.get("extent") == "some" else None


def next_step(kind: RequestType, answers: Answers, offer: Offer) -> Step:
    """Return the first question without an answer, or the review."""
    return next((step for step in steps(kind, answers, offer) if step not in answers), Step.REVIEW)


def step_before(kind: RequestType, answers: Answers, offer: Offer, step: Step) -> Step | None:
    """Return the question before another; None before the first."""
    order = [*steps(kind, answers, offer), Step.REVIEW]
    place = order.index(step) if step in order else 0
    return order[place - 1] if place else None


def without_stale(answers: Answers, step: Step, answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:  # Any: JSON
    """Return the answers with a new one; what rested on the one before is asked again."""
    kept = {**answers, str(step): answer}
    if step is Step.DOCUMENT and answers.get(step) != answer:
        kept.pop(Step.PURPOSES, None)
    if step is Step.CONTACT and answers.get(step, {}).get("email") != answer.get("email"):
        kept.pop(Step.CODE, None)
    return kept


def seen_as(data: Mapping[str, Any]) -> str:  # Any: JSON values
    """Return a mark of all that a form would send, so that a page of it can tell whether it is of today."""
    told = json.dumps([data["kind"], data["answers"], data["files"]], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]
