"""The details of an operator: how it is called, by which number it is registered, where people reach it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.colleagues import LANGUAGES
from consent_service.operators.queries import OperatorView, operator_view
from consent_service.operators.service import lock_operator
from consent_service.operators.tables import Operator

NUMBERED = ("bin", "iin")  # identifiers of the state registers: twelve digits
LONGEST_NAME, LONGEST_EMAIL, LONGEST_NUMBER = 300, 256, 60
_TWELVE_DIGITS = re.compile(r"[0-9]{12}", re.ASCII)
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_OPERATORS = table_of(Operator)


@dataclass(frozen=True, slots=True)
class Details:
    """What documents, letters and receipts say of the operator; ``name`` has every language."""

    name: Mapping[str, str]
    identifier: str
    email: str


def set_details(uow: UnitOfWork, details: Details) -> None:
    """Change the details; the ledger holds which were changed. Receipts given before keep what they said.

    Raises:
        InvalidInputError: A name is missing, the number is none of its kind, or the address is none.
    """
    lock_operator(uow)
    before = operator_view(uow)
    if not all(0 < len(details.name.get(language, "")) <= LONGEST_NAME for language in LANGUAGES):
        raise InvalidInputError.of("name", "Write the name in Kazakh, Russian and English.")
    if not _is_number(before.identifier_kind, details.identifier):
        raise InvalidInputError.of("identifier", "Write the number as it is registered; a BIN has twelve digits.")
    if len(details.email) > LONGEST_EMAIL or not _EMAIL.fullmatch(details.email):
        raise InvalidInputError.of("email", "Write an e-mail address.")
    values = {
        "name": dict(details.name),
        "identifier": details.identifier,
        "contacts": {**before.contacts, "email": details.email},
    }
    changed = sorted(name for name, value in values.items() if value != getattr(before, name))
    if not changed:
        return
    uow.session.execute(update(_OPERATORS).where(_OPERATORS.c.id == uow.operator_id).values(values))
    uow.session.expire_all()
    facts = {"operator": before.slug, "changed": changed}
    append(uow, EventType.OPERATOR_DETAILS_SET, operator_stream(uow.operator_id), facts)


def lacking_details(operator: OperatorView) -> list[str]:
    """Return which details nobody has entered yet."""
    named = all(operator.name.get(language) for language in LANGUAGES)
    entered = {"name": named, "identifier": operator.identifier, "email": operator.contacts.get("email")}
    return [name for name, value in entered.items() if not value]


def _is_number(kind: str, text: str) -> bool:
    return bool(_TWELVE_DIGITS.fullmatch(text)) if kind in NUMBERED else 0 < len(text) <= LONGEST_NUMBER
