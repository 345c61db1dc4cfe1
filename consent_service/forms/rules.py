"""Pure decisions on forms: what a form may ask, and which answers fit it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from consent_service.kernel.errors import InvalidInputError, shown
from consent_service.policies.terms import Terms

TOKEN_LIFE = timedelta(minutes=60)
CONFIRM_LATE = timedelta(hours=72)  # how long after it was signed a token is confirmed at all
CLOCK_SKEW = timedelta(seconds=60)
LIMIT = 300  # intents of one network at one site ...
LIMIT_WINDOW = timedelta(minutes=5)  # ... in this time
MOST_BOXES = 30


class BoxKind(StrEnum):
    """What ticking a box is: a legal act, or that something was read; the two are never mixed."""

    CONSENT = "consent"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a form: a purpose of a document to consent to, or a document to have read."""

    document: str
    purpose: str | None
    kind: BoxKind
    required: bool

    @property
    def id(self) -> str:
        """How the box is called in answers: ``document#purpose``, or ``document`` where it was read."""
        return f"{self.document}#{self.purpose}" if self.purpose else self.document


def check_boxes(boxes: Sequence[Box], terms: Mapping[str, Terms]) -> None:
    """Refuse a form that asks what its documents do not have, or what nobody may have to accept.

    ``terms``: those of the versions in force, by document.

    Raises:
        InvalidInputError: With a message for each wrong box.
    """
    if not 0 < len(boxes) <= MOST_BOXES:
        raise InvalidInputError.of("boxes", f"Give a form 1 to {MOST_BOXES} boxes.")
    problems: dict[str, list[str]] = {}
    for place, box in enumerate(boxes):
        wrong = _wrong(box, terms[box.document])
        if box in boxes[:place] or box.id in {other.id for other in boxes[:place]}:
            wrong.append("This is asked by a box before it; ask it once.")
        if wrong:
            problems[f"boxes.{place}"] = wrong
    if not problems and all(box.kind is BoxKind.INFORMATION for box in boxes):
        problems["boxes"] = ["Nothing here needs an answer: show the documents as links, or ask for a consent as well."]
    if problems:
        raise InvalidInputError("Some boxes do not fit their documents.", fields=problems)


def _wrong(box: Box, terms: Terms) -> list[str]:
    if box.kind is BoxKind.INFORMATION:
        return ["A box of information is about the whole document; leave the purpose out."] if box.purpose else []
    purposes = {purpose.code: purpose for purpose in terms.purposes}
    purpose = purposes.get(box.purpose or "")
    if purpose is None:
        return [f"Name a purpose of the document; it has: {', '.join(sorted(purposes))}."]
    if purpose.marketing and box.required:
        return ["Nobody may have to accept advertising: a box for it is optional."]
    return []


def usual_boxes(document: str, terms: Terms, consented: Sequence[str]) -> list[Box]:
    """Return a box for each of some purposes, required where the document says so and it is not advertising."""
    return [
        Box(document, purpose.code, BoxKind.CONSENT, purpose.required and not purpose.marketing)
        for purpose in terms.purposes
        if purpose.code in consented
    ]


def check_answers(boxes: Sequence[Box], answers: Mapping[str, bool]) -> None:
    """Refuse answers that leave out a box, answer one that is not there, or leave a required one unticked.

    Raises:
        InvalidInputError: With a message for each box.
    """
    asked = {box.id: box for box in boxes}
    problems = {
        "answers": [f"The form has no box {shown(name)}; ask for the form again." for name in sorted(answers)
                    if name not in asked]
    }  # fmt: skip
    problems["answers"] += [f"The answer to {name} is missing; send every box, ticked or not."
                            for name in asked if name not in answers]  # fmt: skip
    problems["answers"] += [f"The box {name} is required and not ticked." for name, box in asked.items()
                            if box.required and answers.get(name) is False]  # fmt: skip
    if problems["answers"]:
        raise InvalidInputError("The answers do not fit the form.", fields=problems)
