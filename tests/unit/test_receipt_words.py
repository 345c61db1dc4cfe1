"""Every code that a receipt may hold has its words in three languages."""

from collections.abc import Iterable

import pytest

from consent_service.consents.states import Act, Channel, EvidenceGrade
from consent_service.policies.states import TextKind
from consent_service.policies.vocabulary import Stated, Until, WithdrawalBy
from consent_service.receipts.words import word

LANGUAGES = ("kk", "ru", "en")
CODES = {
    "channel": Channel,
    "act": Act,
    "grade": EvidenceGrade,
    "text_kind": TextKind,
    "until": Until,
    "withdrawal": WithdrawalBy,
    "stated": [str(one).rstrip("_") for one in Stated],
    "spoken": LANGUAGES,
    "identifier": ["bin", "iin", "foreign"],
}


@pytest.mark.parametrize("group", CODES)
def test_every_code_has_its_words(group: str) -> None:
    codes: Iterable[object] = CODES[group]
    for code in codes:
        assert len({word(group, code, language) for language in LANGUAGES}) > 1 or group == "identifier", code
