"""The tables of a proof pack: what was answered, withdrawn, owed, written and told, each with its day."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from consent_service.deadlines.catalogue import Catalogue
from consent_service.duties.queries import DutyView
from consent_service.duties.states import DutyState
from consent_service.duties.words import name_of
from consent_service.ledger.proofs import EventProof
from consent_service.ledger.words import kind_name
from consent_service.printing.document import Block, Grid, Paragraph
from consent_service.receipts.pack_story import SentLetter, Story, Withdrawn
from consent_service.receipts.paper import almaty, answer_code, clauses, day
from consent_service.receipts.words import word
from consent_service.standings.queries import ChangeStanding, DocumentStanding
from consent_service.withdrawals.states import Matter, WithdrawalState

_NO_EFFECT = frozenset({WithdrawalState.REFUSED, WithdrawalState.CANCELLED})
_Told = Mapping[tuple[str, str], str]


def choices(story: Story, language: str) -> Grid:
    """Say of each purpose what the person did, and what that answered."""
    processing, act = story.receipt["pii_processing"], story.receipt["event"]["event_type"]
    undone = word("pack", "unticked", language) if act == "ticked" else "–"
    how = clauses(story.terms.acceptance.clause, language)
    done = f"{word('act', act, language)} ({how})" if how else word("act", act, language)
    heads = [word("pack", "box" if act == "ticked" else "asked", language)]
    return Grid(
        [*heads, word("pack", "done", language), word("paper", "answer", language)],
        [
            [
                one["name"][processing["language"]],
                done if one["granted"] else undone,
                word("paper", answer_code(one), language),
            ]
            for one in processing["purposes"]
        ],
    )


def withdrawals(withdrawn: Sequence[Withdrawn], language: str) -> Block:
    """Say of each withdrawal what it covered, how and when it came, from when it holds, and any ground of refusal."""
    rows = []
    for one in withdrawn:
        case = one.case
        came = f"{_moment(case.received_at)}\n{word('withdrawal', case.channel, language)}"
        effective = "–" if case.state in _NO_EFFECT else day(case.effective_on)
        rows.append([came, _covered(one, language), effective, _outcome(one, language)])
    return _table(("received", "purposes", "effective", "outcome"), rows, language)


def _covered(one: Withdrawn, language: str) -> str:
    names = "; ".join(purpose.name[language] for purpose in one.purposes)
    if one.case.matter is Matter.AGREEMENT:
        return f"{word('pack', 'agreement', language)}: {names}"
    if one.case.matter is Matter.PARTS:
        return f"{', '.join(word('parts', part, language) for part in one.case.parts)}: {names}"
    return names


def _outcome(one: Withdrawn, language: str) -> str:
    case, lines = one.case, [word("withdrawal_state", one.case.state, language)]
    if case.bar is not None:
        reference = f": {case.bar_reference}" if case.bar_reference else ""
        lines.append(f"{word('pack', 'refused_because', language)}: {word('bar', case.bar, language)}{reference}")
    barred = [purpose.name[language] for purpose in one.purposes if purpose.is_barred]
    if barred and len(barred) < len(one.purposes):
        lines.append(f"{word('pack', 'refused_for', language)}: {'; '.join(barred)}")
    return "\n".join(lines)


def history(events: Sequence[EventProof], language: str) -> Block:
    """Name each event with its time and its leaf."""
    rows = []
    for event in events:
        said = orjson.loads(event.body)
        leaf = str(event.inclusion.leaf_index) if event.inclusion else word("pack", "waits", language)
        rows.append([almaty(said["at"]), kind_name(said["kind"], language), leaf])
    return _table(("when", "event", "leaf"), rows, language)


def duties(owed: Sequence[DutyView], catalogue: Catalogue, language: str) -> Block:
    """Say of each duty on which ground and by which day it is owed, and what became of it."""
    rows = []
    for duty in owed:
        named = name_of(duty.code, catalogue)
        name = named[language] if named else word("pack", "own_duty", language)
        became = word("duty_state", duty.state, language)
        if duty.met_at and duty.state is not DutyState.CANCELLED:
            became = f"{became}\n{_moment(duty.met_at)}"
        rows.append([name, duty.source[language], day(duty.due_on), became])
    return _table(("duty", "source", "due", "became"), rows, language)


def letters(sent: Sequence[SentLetter], language: str) -> Block:
    """Say of each letter how and when it went out, and what shows it; the address stays out."""
    rows = []
    for letter in sent:
        state = word("letter_state", letter.state, language)
        way = word("letter_channel", letter.channel, language)
        went = f"{state}, {way}\n{_moment(letter.sent_at)}" if letter.sent_at else f"{state}, {way}"
        named = f"№ {letter.number} · {day(letter.written_on)}\n{word('letter', letter.kind, language)}"
        rows.append([named, went, letter.proof or "–"])
    return _table(("letter", "sent", "sending_proof"), rows, language)


def notices(standings: Sequence[DocumentStanding], events: Sequence[EventProof], language: str) -> Block:
    """Say of each version how it came to bind the person, by an act or by silence, when they were told, and how."""
    told, rows = _messages(events), []
    for one in standings:
        if one.version and one.version not in {change.version for change in one.changes}:
            bound = _by(one.how, one.accepted_at, language)
            rows.append([f"{one.document} · {one.version}", "–", bound])
        for change in one.changes:
            notified = _moment(change.notified_at)
            if message := told.get((one.document, change.version)):
                notified = f"{notified}\n{message}"
            rows.append([f"{one.document} · {change.version}", notified, _stands(change, language)])
    return _table(("edition", "notice", "stands"), rows, language)


def _stands(change: ChangeStanding, language: str) -> str:
    by = f" ({clauses(change.clause, language)})" if change.clause else ""
    if change.accepted_at:
        stands = _by(change.how, change.accepted_at, language) + by
    else:
        stands = word("standing", change.state, language)
        if change.binds_at:
            stands = f"{stands}\n{word('pack', 'binds', language)}: {_moment(change.binds_at)}{by}"
    if change.objected_at:
        stands = f"{stands}\n{word('pack', 'objected', language)}: {_moment(change.objected_at)}"
    return stands


def _by(how: object, at: datetime | None, language: str) -> str:
    return f"{word('how', how, language)}\n{_moment(at)}"


def _messages(events: Sequence[EventProof]) -> _Told:
    found = {}
    for event in events:
        said = orjson.loads(event.body)
        facts = said["facts"]
        if said["kind"] == "standing_changed" and facts.get("proof"):
            found[(facts["document"], facts["version"])] = str(facts["proof"].get("message_id", ""))
    return found


def _moment(at: datetime | None) -> str:
    return almaty(at.isoformat()) if at else "–"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], language: str) -> Block:
    if not rows:
        return Paragraph(word("pack", "none", language))
    return Grid([word("pack", head, language) for head in heads], rows)
