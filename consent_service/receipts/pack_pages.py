"""The pages of a proof pack: the first, which tells the story and how to check it, and the text that is on record."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from consent_service.deadlines.catalogue import Catalogue
from consent_service.policies.clauses import PolicyText
from consent_service.printing.document import Block, Heading, Paragraph, Printed
from consent_service.receipts import pack_tables
from consent_service.receipts.pack_story import Story
from consent_service.receipts.paper import almaty, clause_name, controller_line, day, given_how
from consent_service.receipts.words import word


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
        Paragraph(say("what" if story.is_consent else "what_answer")),
        Heading(say("shown")),
        Paragraph(_shown(story, language)),
        Heading(say("chosen")),
        pack_tables.choices(story, language),
        Heading(say("person")),
        *_person(story, language),
        Heading(say("withdrawals")),
        pack_tables.withdrawals(story.withdrawals, language),
        Heading(say("history")),
        pack_tables.history(story.events, language),
        Heading(say("duties")),
        pack_tables.duties(story.duties, catalogue, language),
        Heading(say("letters")),
        pack_tables.letters(story.letters, language),
        Heading(say("notices")),
        pack_tables.notices(story.standings, story.events, language),
        Heading(say("proof")),
        Paragraph(say("proof_says")),
    ]
    title = say("title" if story.is_consent else "title_answer")
    return Printed(language, title, tuple(blocks), facts, foot=receipt["record_id"])


def text_page(story: Story, text: PolicyText) -> Printed:
    """Lay the text on record out for reading; a restatement says first that it is one."""
    said = [Paragraph(_restated(story, text.language))] if story.is_restatement else []
    clauses = [Paragraph(f"{clause_name(one.number, text.language)} {one.text}".strip()) for one in text.clauses]
    foot = word("text_kind", "restatement", text.language) if story.is_restatement else ""
    return Printed(text.language, text.title, (*said, *clauses), foot=foot)


def _shown(story: Story, language: str) -> str:
    digest = story.receipt["pii_processing"]["privacy_notice"]["sha256"]
    if story.is_restatement:
        where = word("pack", "restated_says", language).format(file=story.text_name, sha256=digest)
        return f"{_restated(story, language)}\n{where}"
    return word("pack", "shown_says", language).format(file=story.text_name, sha256=digest)


def _restated(story: Story, language: str) -> str:
    read_on = day(story.terms.source.read_on)
    return word("pack", "restated", language).format(version=story.terms.version, on=read_on)


def _person(story: Story, language: str) -> Iterator[Block]:
    kinds = ", ".join(word("kinds", kind, language) for kind in story.kinds)
    pseudonym = story.receipt["pii_principal_id"]
    says = word("pack", "person_says" if story.is_known else "person_gone", language)
    yield Paragraph(says.format(pseudonym=pseudonym, kinds=kinds or word("pack", "no_kinds", language)))
    yield Paragraph(f"{word('paper', 'given_how', language)}: {given_how(story.receipt, language)}.")
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
