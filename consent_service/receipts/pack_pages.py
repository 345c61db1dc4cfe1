"""The first page of a proof pack: what was shown, what was chosen, what happened since, and how to check it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from consent_service.deadlines.catalogue import Catalogue
from consent_service.duties.queries import DutyView
from consent_service.duties.words import name_of
from consent_service.ledger.proofs import EventProof
from consent_service.printing.document import Block, Grid, Heading, Paragraph, Printed
from consent_service.receipts.paper import almaty, answer_code, controller_line
from consent_service.receipts.words import word, word_or_code
from consent_service.standings.queries import DocumentStanding
from consent_service.subjects.identity import IdentifierKind


@dataclass(frozen=True, slots=True)
class Story:
    """All that is told of one consent; events, duties and standings are those of its person.

    ``is_known``: the operator still knows who it is; ``kinds``: by which identifiers beside its own reference.
    """

    receipt: Mapping[str, Any]  # Any: JSON values
    text_name: str
    is_known: bool
    kinds: Sequence[IdentifierKind]
    events: Sequence[EventProof]
    duties: Sequence[DutyView]
    standings: Sequence[DocumentStanding]


def index_page(story: Story, catalogue: Catalogue, language: str) -> Printed:
    """Lay the story out in one language."""

    def say(code: str) -> str:
        return word("pack", code, language)

    receipt = story.receipt
    notice = receipt["pii_processing"]["privacy_notice"]
    facts = (
        (word("paper", "number", language), receipt["record_id"]),
        (word("paper", "operator", language), controller_line(receipt, language)),
        (word("paper", "document", language), f"{notice['title'][language]}\n{notice['document']}"),
        (word("paper", "version", language), notice["version"]),
        (word("paper", "given_at", language), almaty(receipt["event"]["event_time"])),
    )
    blocks: list[Block] = [
        Paragraph(say("what")),
        Heading(say("shown")),
        Paragraph(say("shown_says").format(file=story.text_name, sha256=notice["sha256"])),
        Heading(say("chosen")),
        _choices(receipt, language),
        Heading(say("person")),
        *_person(story, language),
        Heading(say("history")),
        _history(story.events, language),
        Heading(say("duties")),
        _duties(story.duties, catalogue, language),
        Heading(say("notices")),
        _notices(story.standings, language),
        Heading(say("proof")),
        Paragraph(say("proof_says")),
    ]
    return Printed(language, say("title"), tuple(blocks), facts, foot=receipt["record_id"])


def _choices(receipt: Mapping[str, Any], language: str) -> Grid:  # Any: JSON values
    shown = receipt["pii_processing"]["language"]
    heads = [word("pack", "box", language), word("pack", "marked", language), word("paper", "answer", language)]
    return Grid(
        heads,
        [
            [
                one["name"][shown],
                word("pack", "ticked" if one["granted"] else "unticked", language),
                word("paper", answer_code(one), language),
            ]
            for one in receipt["pii_processing"]["purposes"]
        ],
    )


def _person(story: Story, language: str) -> Iterator[Block]:
    kinds = ", ".join(word("kinds", kind, language) for kind in story.kinds)
    pseudonym = story.receipt["pii_principal_id"]
    says = word("pack", "person_says" if story.is_known else "person_gone", language)
    yield Paragraph(says.format(pseudonym=pseudonym, kinds=kinds or "–"))
    said = _facts_of(story)
    declared = [word("declarations", name, language) for name, value in said.get("declarations", {}).items() if value]
    if said.get("represented"):
        declared.append(word("pack", "represented", language))
    if declared:
        yield Paragraph(f"{word('pack', 'declared', language)}: {', '.join(declared)}")


def _facts_of(story: Story) -> Mapping[str, Any]:  # Any: JSON values
    """Return what the event that recorded the consent says; nothing once it was emptied."""
    for event in story.events:
        facts: Mapping[str, Any] = orjson.loads(event.body)["facts"]  # Any: JSON values
        if facts.get("consent") == story.receipt["record_id"] and "text_sha256" in facts:
            return facts
    return {}


def _history(events: Sequence[EventProof], language: str) -> Block:
    rows = []
    for event in events:
        said = orjson.loads(event.body)
        leaf = str(event.inclusion.leaf_index) if event.inclusion else word("pack", "waits", language)
        rows.append([almaty(said["at"]), word_or_code("event", said["kind"], language), leaf])
    return _table(("when", "event", "leaf"), rows, language)


def _duties(duties: Sequence[DutyView], catalogue: Catalogue, language: str) -> Block:
    rows = []
    for duty in duties:
        named = name_of(duty.code, catalogue)
        met = almaty(duty.met_at.isoformat()) if duty.met_at else word("pack", "not_met", language)
        source = duty.source[language]
        rows.append([named[language] if named else duty.code, source, duty.due_on.isoformat(), met])
    return _table(("duty", "source", "due", "met"), rows, language)


def _notices(standings: Sequence[DocumentStanding], language: str) -> Block:
    rows = [
        [
            f"{one.document} · {change.version}",
            *map(_moment, (change.notified_at, change.accepted_at, change.objected_at)),
        ]
        for one in standings
        for change in one.changes
    ]
    return _table(("shown", "notice", "accepted", "objected"), rows, language)


def _moment(at: datetime | None) -> str:
    return almaty(at.isoformat()) if at else "–"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], language: str) -> Block:
    if not rows:
        return Paragraph(word("pack", "none", language))
    return Grid([word("pack", head, language) for head in heads], rows)
