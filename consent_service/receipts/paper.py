"""A receipt as paper: what was answered, art. 8(4) item by item, and what proves it; the data travel inside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson

from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import ALMATY
from consent_service.ledger.proofs import EventProof
from consent_service.printing.document import Attachment, Block, Code, Grid, Heading, Paragraph, Points, Printed
from consent_service.receipts.words import word
from consent_service.storage.states import StorageAction, StorageStart
from consent_service.storage.words import term_in_words

JWS_NAME = "receipt.jwt"
PROOF_NAME = "proof.json"
_UNNUMBERED = frozenset({"preamble", "details", "annex"})  # clauses that print no number
Receipt = Mapping[str, Any]  # Any: JSON values of a receipt


def receipt_page(receipt: Receipt, token: str, proof: EventProof | None, language: str) -> Printed:
    """Lay a receipt out in one language, with its signed form and, once there is one, its proof of inclusion."""
    said = what_it_says(receipt, language)
    return replace(
        said,
        blocks=(*said.blocks, *_proven(receipt, proof, language)),
        foot=f"{receipt['record_id']} · {word('paper', 'not_validated', language)}",
        attachments=tuple(_attachments(token, proof, language)),
    )


def what_it_says(receipt: Receipt, language: str) -> Printed:
    """Lay out what a receipt says, without what proves it."""
    return Printed(
        language,
        word("paper", "title", language),
        tuple(_blocks(receipt, language)),
        facts=tuple(_facts(receipt, language)),
    )


def _facts(receipt: Receipt, language: str) -> Iterator[tuple[str, str]]:
    notice, event, processing = receipt["pii_processing"]["privacy_notice"], receipt["event"], receipt["pii_processing"]
    shown = (
        f"{word('spoken', processing['language'], language)}, {word('text_kind', notice['text_kind'], language)}\n"
        f"SHA-256 {notice['sha256']}"
    )
    given = f"{almaty(event['event_time'])} ({word('paper', 'almaty', language)})"
    yield word("paper", "number", language), receipt["record_id"]
    yield word("paper", "operator", language), controller_line(receipt, language)
    yield word("paper", "document", language), f"{notice['title'][language]}\n{notice['document']}"
    yield word("paper", "version", language), notice["version"]
    yield word("paper", "shown", language), shown
    yield word("paper", "given_at", language), given
    yield word("paper", "given_how", language), given_how(receipt, language)


def given_how(receipt: Receipt, language: str) -> str:
    """Say by which channel and act an answer was given, and how strong the record of it is."""
    event = receipt["event"]
    return ", ".join(
        (
            word("channel", receipt["pii_processing"]["collection_method"], language),
            word("act", event["event_type"], language),
            word("grade", event["evidence_grade"], language),
        )
    )


def controller_line(receipt: Receipt, language: str) -> str:
    """Name the operator of a receipt with its number, in one language."""
    party = receipt["party_identification"][0]
    name = str(party["party_name"][language])
    if not party["party_identifier"]:
        return name
    return f"{name}, {word('identifier', party['party_identifier_kind'], language)} {party['party_identifier']}"


def _blocks(receipt: Receipt, language: str) -> Iterator[Block]:
    processing = receipt["pii_processing"]
    yield Heading(word("paper", "answers", language))
    yield Grid(
        [word("paper", name, language) for name in ("purpose", "clause", "answer", "until")],
        [
            [
                one["name"][language],
                clauses(one["clause"], language),
                word("paper", answer_code(one), language),
                _until(one["expires_on"], receipt, language) if one["granted"] else "–",
            ]
            for one in processing["purposes"]
        ],
    )
    yield Heading(word("paper", "law", language))
    yield Grid(
        [word("paper", name, language) for name in ("item", "says", "clause")],
        [list(row) for row in _law_items(receipt, language)],
    )
    if processing.get("storage"):
        yield Heading(word("paper", "storage", language))
        yield Points([_with_clause(_kept(one, language), one, language) for one in processing["storage"]["rules"]])
    if processing["withdrawal_method"]:
        yield Heading(word("paper", "withdraw", language))
        yield Points(
            [_with_clause(word("withdrawal", one["channel"], language), one, language) for one in _ways(receipt)]
        )
        yield Paragraph(word("paper", "withdraw_law", language))


def _kept(rule: Mapping[str, Any], language: str) -> str:  # Any: JSON values
    return term_in_words(
        StorageStart(rule["start"]),
        None if rule["kept_for"] is None else Period.parse(rule["kept_for"]),
        StorageAction(rule["action"]),
        Period.parse(rule["within"]),
        language,
        is_gap=rule["gap"],
    )


def _proven(receipt: Receipt, proof: EventProof | None, language: str) -> Iterator[Block]:
    yield Heading(word("paper", "proof", language))
    yield Paragraph(word("paper", "signed", language))
    yield Paragraph(_place(receipt, proof, language))
    yield Code(receipt["check_url"], word("paper", "check", language))


def answer_code(purpose: Mapping[str, Any]) -> str:  # Any: JSON values
    """Return the word that an answer is called by: what needs no consent is only taken note of."""
    if not purpose["granted"]:
        return "refused"
    return "consented" if purpose["needs_consent"] else "noted"


def _law_items(receipt: Receipt, language: str) -> Iterator[tuple[str, str, str]]:
    processing, validity = receipt["pii_processing"], receipt["event"]["validity"]
    data = ", ".join(one["name"][language] for one in processing["pii_information"])
    recipients = ", ".join(one["party_name"][language] for one in processing["recipient_third_parties"])
    yield f"1 · {word('paper', 'operator', language)}", controller_line(receipt, language), ""
    yield f"2 · {word('paper', 'person', language)}", word("paper", "subject", language), ""
    yield (
        f"3 · {word('paper', 'term', language)}",
        _until(validity["expires_on"], receipt, language),
        clauses(validity["clause"], language),
    )
    for number, name in ((4, "third_parties"), (5, "cross_border"), (6, "publication")):
        said = word("stated", processing[name]["stated"], language)
        named = f": {recipients}" if name == "third_parties" and recipients else ""
        yield (
            f"{number} · {word('paper', name, language)}",
            f"{said}{named}",
            clauses(processing[name]["clause"], language),
        )
    named_in = dict.fromkeys(clause for one in processing["pii_information"] for clause in one["clause"])
    yield (
        f"7 · {word('paper', 'data', language)}",
        data or word("paper", "no_data", language),
        clauses(list(named_in), language),
    )


def _until(on: str | None, receipt: Receipt, language: str) -> str:
    return day(date.fromisoformat(on)) if on else word("until", receipt["event"]["validity"]["until"], language)


def _ways(receipt: Receipt) -> list[Mapping[str, Any]]:  # Any: JSON values
    return list(receipt["pii_processing"]["withdrawal_method"])


def _with_clause(text: str, rule: Mapping[str, Any], language: str) -> str:  # Any: JSON values
    return f"{text} ({clauses(rule['clause'], language)})" if rule["clause"] else text


def _place(receipt: Receipt, proof: EventProof | None, language: str) -> str:
    if receipt["ledger"] is None:
        return word("paper", "unproven", language)
    if proof is None or proof.inclusion is None:
        by = f"{almaty(receipt['ledger']['promised_by'])} ({word('paper', 'almaty', language)})"
        return word("paper", "promised", language).format(leaf=receipt["ledger"]["leaf_input"], by=by)
    inclusion = proof.inclusion
    return word("paper", "included", language).format(index=inclusion.leaf_index, size=inclusion.tree_size)


def _attachments(token: str, proof: EventProof | None, language: str) -> Iterator[Attachment]:
    about = word("paper", "attached_receipt", language)
    yield Attachment(JWS_NAME, "application/jose", "source", about, token)
    if proof is not None and proof.inclusion is not None:
        text = orjson.dumps(proof, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode()
        about = word("paper", "attached_proof", language)
        yield Attachment(PROOF_NAME, "application/json", "supplement", about, text)


def almaty(instant: str) -> str:
    """Write an instant as Almaty's clocks had it."""
    return datetime.fromisoformat(instant).astimezone(ALMATY).strftime("%d.%m.%Y %H:%M:%S")


def day(on: date) -> str:
    """Write a day as papers here do."""
    return on.strftime("%d.%m.%Y")


def clauses(numbers: Sequence[str], language: str) -> str:
    """Name clauses; those that have no printed number are called by what they are."""
    return ", ".join(clause_name(one, language) for one in numbers)


def clause_name(number: str, language: str) -> str:
    """Name one clause."""
    kind, _, count = number.partition("-")
    return f"{word('clause', kind, language)} {count}".strip() if kind in _UNNUMBERED else number
