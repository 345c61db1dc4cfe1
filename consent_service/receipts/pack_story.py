"""What a proof pack tells of one consent, gathered: identifiers, addresses and free words of letters stay out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from consent_service.consents.queries import ConsentView
from consent_service.duties.queries import DutyView, duties_of
from consent_service.erasure.queries import orders_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.proofs import EventProof, prove_events
from consent_service.letters.dispatch import repeatable_proof
from consent_service.letters.queries import LetterView, letters_of
from consent_service.letters.states import LetterChannel, LetterKind, LetterState
from consent_service.policies.queries import version_by_id
from consent_service.policies.terms import Terms
from consent_service.standings.queries import DocumentStanding, standings_of
from consent_service.subject_requests.queries import requests_of
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.queries import is_known, kinds_of
from consent_service.withdrawals.queries import (
    PurposeLine,
    WithdrawalView,
    purpose_lines,
    withdrawal_view,
    withdrawals_of,
)


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter about a case of the person; ``proof``: the id of the message or the number of the postal receipt."""

    id: UUID
    number: str
    kind: LetterKind
    case_id: UUID
    channel: LetterChannel
    state: LetterState
    written_on: date
    sent_at: datetime | None
    proof: str | None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A withdrawal with its purposes."""

    case: WithdrawalView
    purposes: Sequence[PurposeLine]

    def as_data(self) -> dict[str, Any]:  # Any: JSON values
        """Return what the pack says of it to programs."""
        names = ("id", "document", "version", "matter", "parts", "purposes", "barred", "channel", "received_at")
        days = ("received_on", "effective_on", "state", "bar", "bar_reference")
        return {name: getattr(self.case, name) for name in (*names, *days)}


@dataclass(frozen=True, slots=True)
class Story:
    """All that is told of one consent; withdrawals, letters, events, duties and standings are those of its person.

    ``is_known``: the operator still knows who it is; ``kinds``: by which identifiers beside its own reference.
    """

    receipt: Mapping[str, Any]  # Any: JSON values
    terms: Terms
    text_name: str
    is_known: bool
    kinds: Sequence[IdentifierKind]
    withdrawals: Sequence[Withdrawn]
    requests: Sequence[Mapping[str, Any]]  # Any: JSON values
    erasures: Sequence[Mapping[str, Any]]  # Any: JSON values
    letters: Sequence[SentLetter]
    events: Sequence[EventProof]
    duties: Sequence[DutyView]
    standings: Sequence[DocumentStanding]

    @property
    def is_restatement(self) -> bool:
        """Say whether the text on record is not in the operator's words."""
        return bool(self.receipt["pii_processing"]["privacy_notice"]["text_kind"] == "restatement")

    @property
    def is_consent(self) -> bool:
        """Say whether anything was consented to; without that it is an answer and no more."""
        return any(one["granted"] and one["needs_consent"] for one in self.receipt["pii_processing"]["purposes"])

    def history(self) -> dict[str, Any]:  # Any: JSON values
        """Return what happened since, for programs."""
        return {
            "withdrawals": [one.as_data() for one in self.withdrawals],
            "requests": self.requests,
            "erasures": self.erasures,
            "letters": self.letters,
            "duties": self.duties,
            "standings": self.standings,
        }


def story_of(uow: UnitOfWork, view: ConsentView, receipt: Mapping[str, Any]) -> Story:  # Any: JSON values
    """Gather the story of a consent."""
    person = view.subject_id
    withdrawn = [UUID(one["id"]) for one in withdrawals_of(uow, person)]
    requests, erasures = requests_of(uow, person), orders_of(uow, person)
    cases = [*withdrawn, *(UUID(one["id"]) for one in (*requests, *erasures))]
    letters = [letter for case in cases for letter in letters_of(uow, case)]
    streams = dict.fromkeys((person, *cases, *(letter.id for letter in letters)))
    return Story(
        receipt=receipt,
        terms=version_by_id(uow, view.version_id).terms,
        text_name=f"text/shown-{view.language}.txt",
        is_known=is_known(uow, person),
        kinds=kinds_of(uow, person),
        withdrawals=[Withdrawn(withdrawal_view(uow, one), purpose_lines(uow, one)) for one in withdrawn],
        requests=requests,
        erasures=erasures,
        letters=[_told(letter) for letter in letters],
        events=[proof for stream in streams for proof in prove_events(uow, stream)],
        duties=[duty for case in cases for duty in duties_of(uow, case)],
        standings=standings_of(uow, person),
    )


def _told(letter: LetterView) -> SentLetter:
    return SentLetter(
        id=letter.id,
        number=f"{letter.year}-{letter.number}",
        kind=letter.kind,
        case_id=letter.case_id,
        channel=letter.channel,
        state=letter.state,
        written_on=letter.written_on,
        sent_at=letter.sent_at,
        proof=repeatable_proof(letter.proof),
    )
