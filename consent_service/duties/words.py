"""What duties are called, in Kazakh, Russian and English."""

from collections.abc import Mapping

from consent_service.deadlines.catalogue import Catalogue

_OF_POLICIES: Mapping[str, Mapping[str, str]] = {
    "policy_withdrawal_effect": {
        "kk": "Өңдеуді тоқтату: келісім кері қайтарып алынған болып саналады",
        "ru": "Прекратить обработку: согласие считается отозванным",
        "en": "Stop processing: the consent counts as withdrawn",
    },
    "policy_erase_after_withdrawal": {
        "kk": "Келісім кері қайтарып алынған соң деректерді жою",
        "ru": "Уничтожить данные после отзыва",
        "en": "Destroy the data after the withdrawal",
    },
    "schedule_erase": {
        "kk": "Оператордың сақтау кестесі бойынша деректерді жою",
        "ru": "Уничтожить данные по графику хранения оператора",
        "en": "Destroy the data by the operator's storage schedule",
    },
    "policy_agreement_ends": {
        "kk": "Шарт тоқтатылады",
        "ru": "Договор прекращается",
        "en": "The agreement ends",
    },
    "policy_erase_after_end": {
        "kk": "Шарт аяқталған соң деректерді жою",
        "ru": "Уничтожить данные после окончания договора",
        "en": "Destroy the data after the end of the agreement",
    },
}


def name_of(code: str, catalogue: Catalogue) -> Mapping[str, str] | None:
    """Return what a duty is called; None for one that a document names in its own way."""
    return catalogue.name_of(code) or _OF_POLICIES.get(code)
