"""What an entry must say, whom a withdrawal concerns, what a transfer owes.  Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from consent_service.deadlines.catalogue import Catalogue
from consent_service.deadlines.rules import almaty_day
from consent_service.duties.rules import DutySpec
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.policies.terms import AnswerTrigger, Terms
from consent_service.recipients.states import Condition

NOTIFY_TRANSFER = "transfer_to_third_party"
CONTRACT_ONLY = "transfer_under_contract_only"
HOME = "KZ"
_BIN = re.compile(r"\d{12}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """What an operator enters about a recipient; ``purposes`` and ``named_as`` are ``document#code``."""

    name: str
    country: str
    since_on: date
    bin: str | None = None
    data: Sequence[str] = ()
    purposes: Sequence[str] = ()
    named_as: Sequence[str] = ()
    cross_border: bool = False
    condition: Condition | None = None
    publication: bool = False
    contract: str | None = None
    contract_on: date | None = None
    until_on: date | None = None
    contact: str | None = None


def check_entry(entry: Entry) -> None:
    """Refuse an entry that contradicts itself.

    Raises:
        InvalidInputError: Each field that cannot be taken is named.
    """
    wrong: dict[str, list[str]] = {}
    if not _COUNTRY.fullmatch(entry.country):
        wrong["country"] = ["Write the two letters of the country, such as KZ."]
    if entry.bin is not None and not _BIN.fullmatch(entry.bin):
        wrong["bin"] = ["A BIN has twelve digits."]
    if entry.country != HOME and not entry.cross_border:
        wrong["cross_border"] = ["A recipient outside Kazakhstan gets the data across the border: say so."]
    if entry.cross_border and entry.condition is None:
        wrong["condition"] = ["Choose the condition of article 16 on which data may go abroad."]
    if not entry.cross_border and entry.condition is not None:
        wrong["condition"] = ["A condition of article 16 is for data that go abroad; leave it out."]
    if (entry.contract is None) != (entry.contract_on is None):
        wrong["contract_on"] = ["Write the number of the contract together with its date."]
    if entry.until_on is not None and entry.until_on < entry.since_on:
        wrong["until_on"] = ["The last day lies before the first."]
    if entry.contact is not None and "@" not in entry.contact:
        wrong["contact"] = ["Write an e-mail address."]
    if wrong:
        raise InvalidInputError("Some fields cannot be taken: " + ", ".join(sorted(wrong)) + ".", fields=wrong)


def check_transfer(entry: Entry, terms: Terms, *, purpose: str, data: Collection[str], on: date) -> None:
    """Refuse to record a transfer that the register or the document has no room for.

    Raises:
        InvalidInputError: The recipient has no such purpose or category, or was none on that day.
        ConflictError: The document allows transfers under a contract alone, and there was none; the clause is named.
    """
    if on < entry.since_on or (entry.until_on is not None and on > entry.until_on):
        raise InvalidInputError.of("transferred_on", "On that day the register does not have this recipient.")
    if purpose not in entry.purposes:
        raise InvalidInputError.of(
            "purpose", "The register does not have this purpose for the recipient: add it first."
        )
    missing = sorted(set(data) - set(entry.data))
    if missing:
        raise InvalidInputError.of("data", "The register does not have these data for the recipient: add them first.")
    bound = next((fact for fact in terms.facts if fact.code == CONTRACT_ONLY), None)
    if bound is not None and (entry.contract_on is None or entry.contract_on > on):
        raise ConflictError(
            f"Clause {', '.join(bound.clause)} of {terms.document} allows a transfer only under a contract that sets "
            "confidentiality: enter the contract and its date first."
        )


def transfer_duties(terms: Terms, *, agreed: bool, at: datetime, catalogue: Catalogue) -> list[DutySpec]:
    """Return what a transfer owes (Law 94-V art. 19(1)): telling the person, where the terms or the consent want it.

    Args:
        terms: The terms in force when the data were transferred.
        agreed: The consent itself, outside the terms, has a condition of notice.
        at: The instant of the transfer.
        catalogue: The duties of the law.
    """
    printed = [rule for rule in terms.answers if rule.trigger is AnswerTrigger.TRANSFER]
    if not printed and not agreed:
        return []
    specs = [
        DutySpec.of_law(rule, at, catalogue.edition) for rule in catalogue.duties_for(NOTIFY_TRANSFER, almaty_day(at))
    ]
    action = specs[0].action if specs else "notify_subject"
    specs += [
        DutySpec(
            code=f"policy_{rule.code}",
            action=action,
            origin="policy",
            source=_source(terms, rule.clause),
            clause=", ".join(rule.clause),
            period=rule.period,
            settled=True,
            from_at=at,
        )
        for rule in printed
        if rule.period is not None
    ]
    return specs


def _source(terms: Terms, clause: Sequence[str]) -> dict[str, str]:
    numbers = ", ".join(clause)
    return {
        "kk": f"{terms.title['kk']}, {numbers}-тармақ",
        "ru": f"{terms.title['ru']}, пункт {numbers}",
        "en": f"{terms.title['en']}, clause {numbers}",
    }


@dataclass(frozen=True, slots=True)
class Holder:
    """Who may hold a person's data: an entry of the register with its purposes, those of the documents included."""

    id: UUID
    purposes: frozenset[str]


def concerned(
    holders: Collection[Holder], ended: Collection[str], transferred: Mapping[UUID, Collection[str]]
) -> dict[UUID, list[str]]:
    """Return the recipients whom ended purposes concern, each with those purposes (Law 94-V art. 18).

    A recipient that is none any more still holds what it got, so past entries count as well.

    Args:
        holders: The entries of the register.
        ended: Purposes for which the person's data may be processed no longer.
        transferred: Purposes for which this person's data were transferred, by recipient.
    """
    found = {}
    for holder in holders:
        purposes = sorted(set(ended) & (holder.purposes | set(transferred.get(holder.id, ()))))
        if purposes:
            found[holder.id] = purposes
    return found
