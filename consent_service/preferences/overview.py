"""What a person finds on their own page: documents with what stands of each, changes to answer, what was given when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from consent_service.consents.current import CurrentAnswer, current_answers
from consent_service.consents.listing import ConsentFilter, list_consents
from consent_service.consents.queries import ConsentView
from consent_service.consents.states import ConsentState
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import VersionView, version_at, version_in_force
from consent_service.policies.terms import Counts, LocalText, Stated, Terms
from consent_service.standings.queries import ChangeStanding, DocumentStanding, standings_of
from consent_service.standings.states import OPEN
from consent_service.subjects.service import reveal_ref
from consent_service.withdrawals.states import Part

MOST = 100


@dataclass(frozen=True, slots=True)
class PurposeLine:
    """A purpose with its switch: ``stands`` is where it is, ``state`` None where the person was never asked."""

    code: str
    name: LocalText
    state: ConsentState | None
    allowed: bool
    reason: str
    stands: bool
    ends_on: date | None
    can_be_given: bool
    withdrawn_parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PartLine:
    """What can be taken back by itself, with its switch: the purposes in which it stands, and in which it does not."""

    part: Part
    standing: Sequence[str]
    withdrawn: Sequence[str]


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """A document that a person has answered.

    ``version`` is the one of the latest answer, ``current`` the one that is given to now.  ``to_answer_first``: the
    current one, where an earlier one binds the person: they are shown what changed before they say yes to it.
    """

    document: str
    version: VersionView
    current: VersionView | None
    lines: Sequence[PurposeLine]
    standing: DocumentStanding | None
    to_answer_first: str | None
    changes: Sequence[ChangeStanding]

    @property
    def standing_codes(self) -> list[str]:
        """The purposes that can be withdrawn."""
        return [line.code for line in self.lines if line.stands]

    @property
    def parts(self) -> list[PartLine]:
        """What of the consent that stands can be taken back by itself (Law 94-V art. 24(1)(5))."""
        lines = [line for line in self.lines if line.stands]
        return [_part(part, lines) for part in _separable(self.version.terms)] if lines else []


def cards_of(uow: UnitOfWork, subject_id: UUID) -> list[DocumentCard]:
    """Return a person's documents, those with something to answer first."""
    by_document: dict[UUID, list[CurrentAnswer]] = {}
    for answer in current_answers(uow, subject_id):
        by_document.setdefault(answer.document_id, []).append(answer)
    standings = {one.document: one for one in standings_of(uow, subject_id)}
    cards = [_card(uow, answers, standings) for answers in by_document.values()]
    return sorted(cards, key=lambda card: (not card.changes, card.document))


def card_of(uow: UnitOfWork, subject_id: UUID, document: str) -> DocumentCard:
    """Return one document of a person.

    Raises:
        NotFoundError: The person has never answered it.
    """
    found = next((card for card in cards_of(uow, subject_id) if card.document == document), None)
    if found is None:
        raise NotFoundError("The person has given no answer to such a document.")
    return found


def records_of(uow: UnitOfWork, subject_id: UUID) -> list[ConsentView]:
    """Return the last answers that a person gave, each with the version that was shown, the latest first."""
    views, _ = list_consents(uow, ConsentFilter(subject=reveal_ref(uow, subject_id)), limit=MOST, cursor=None)
    return views


def _card(uow: UnitOfWork, answers: Sequence[CurrentAnswer], standings: dict[str, DocumentStanding]) -> DocumentCard:
    version = version_at(uow, answers[-1].version_id, uow.now)
    try:
        current = version_in_force(uow, version.document, uow.now)
    except ConflictError:
        current = None
    standing = standings.get(version.name)
    bound = standing.version if standing else None
    behind = current is not None and bound is not None and bound != current.version
    return DocumentCard(
        version.document,
        version,
        current,
        _lines(uow, answers, current),
        standing,
        current.version if current and behind else None,
        _open(standing) if standing else (),
    )


def _lines(uow: UnitOfWork, answers: Sequence[CurrentAnswer], current: VersionView | None) -> list[PurposeLine]:
    names: dict[str, LocalText] = {one.code: one.name for one in current.terms.purposes} if current else {}
    on_offer = set(names) if current and current.terms.acceptance.counts is not Counts.INFORMATION else set()
    given: dict[str, CurrentAnswer] = {}
    for answer in answers:
        version = version_at(uow, answer.version_id, uow.now)
        code = version.codes[answer.purpose_id]
        given[code] = answer
        names.setdefault(code, next(one.name for one in version.terms.purposes if one.code == code))
    asked = [code for code in names if code in given or code in on_offer]
    return [_line(code, names[code], given.get(code), code in on_offer) for code in asked]


def _line(code: str, name: LocalText, answer: CurrentAnswer | None, can_be_given: bool) -> PurposeLine:
    if answer is None:
        return PurposeLine(code, name, None, False, "never_asked", False, None, can_be_given)
    return PurposeLine(
        code,
        name,
        answer.state,
        answer.allowed,
        answer.reason,
        answer.stands,
        answer.ends_on,
        can_be_given,
        answer.withdrawn_parts,
    )


def _separable(terms: Terms) -> list[Part]:
    """Return the parts that a document does not rule out; what it is silent about can be taken back as well."""
    third = terms.third_parties
    ruled_out = {
        Part.THIRD_PARTIES: not terms.recipients and third is not None and third.stated is Stated.NO,
        Part.PUBLICATION: terms.publication.stated is Stated.NO,
        Part.CROSS_BORDER: terms.cross_border.stated is Stated.NO,
    }
    return [part for part, is_out in ruled_out.items() if not is_out]


def _part(part: Part, lines: Sequence[PurposeLine]) -> PartLine:
    return PartLine(
        part,
        [line.code for line in lines if part not in line.withdrawn_parts],
        [line.code for line in lines if part in line.withdrawn_parts],
    )


def _open(standing: DocumentStanding) -> Sequence[ChangeStanding]:
    """Return the changes that await an answer: those after the version that binds the person."""
    order = [change.version for change in standing.changes]
    after = order.index(standing.version) + 1 if standing.version in order else 0
    return [change for change in standing.changes[after:] if change.state in OPEN]
