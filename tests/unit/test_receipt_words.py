"""Every code that a receipt may hold has its words in three languages."""

from collections.abc import Iterable
from dataclasses import fields

import pytest

from consent_service.consents.rules import Declarations
from consent_service.consents.states import Act, Channel, EvidenceGrade
from consent_service.duties.states import DutyState
from consent_service.letters.states import LetterChannel, LetterKind, LetterState
from consent_service.policies.states import TextKind
from consent_service.policies.vocabulary import Stated, Until, WithdrawalBy
from consent_service.receipts.words import word
from consent_service.standings.states import How, StandingState
from consent_service.subjects.identity import IdentifierKind
from consent_service.withdrawals.states import Bar, Part, WithdrawalState

LANGUAGES = ("kk", "ru", "en")
CODES: dict[str, Iterable[object]] = {
    "channel": Channel,
    "act": Act,
    "grade": EvidenceGrade,
    "text_kind": TextKind,
    "until": Until,
    "withdrawal": WithdrawalBy,
    "stated": [str(one).rstrip("_") for one in Stated],
    "spoken": LANGUAGES,
    "identifier": ["bin", "iin", "foreign"],
    "kinds": IdentifierKind,
    "bar": Bar,
    "parts": Part,
    "withdrawal_state": WithdrawalState,
    "duty_state": DutyState,
    "letter": LetterKind,
    "letter_state": LetterState,
    "letter_channel": LetterChannel,
    "standing": StandingState,
    "how": How,
    "declarations": [one.name for one in fields(Declarations)],
}


@pytest.mark.parametrize("group", CODES)
def test_every_code_has_its_words(group: str) -> None:
    for code in CODES[group]:
        assert len({word(group, code, language) for language in LANGUAGES}) > 1 or group == "identifier", code
