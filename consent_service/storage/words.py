"""Storage terms in Kazakh, Russian and English."""

from collections.abc import Mapping

from consent_service.deadlines.periods import Period
from consent_service.storage.rules import LANGUAGES, OuterLimit, StorageRule
from consent_service.storage.states import StorageAction, StorageStart

Words = Mapping[str, str]

START_NAMES: Mapping[StorageStart, Words] = {
    StorageStart.WITHDRAWAL: {
        "kk": "келісім кері қайтарып алынғаннан бастап",
        "ru": "с отзыва согласия",
        "en": "from the withdrawal",
    },
    StorageStart.CONSENT_ENDED: {
        "kk": "келісім мерзімі аяқталғаннан бастап",
        "ru": "с окончания срока согласия",
        "en": "from the end of the consent's term",
    },
    StorageStart.AGREEMENT_ENDED: {
        "kk": "шарт тоқтатылғаннан бастап",
        "ru": "с прекращения договора",
        "en": "from the end of the agreement",
    },
    StorageStart.PURPOSE_REACHED: {
        "kk": "мақсатқа жеткеннен бастап",
        "ru": "с достижения цели",
        "en": "from the day on which the purpose is reached",
    },
    StorageStart.LAST_ACTIVITY: {
        "kk": "соңғы әрекеттен бастап",
        "ru": "с последней активности",
        "en": "from the last activity",
    },
    StorageStart.ACCEPTANCE: {
        "kk": "келісім берілгеннен бастап",
        "ru": "с дачи согласия",
        "en": "from the acceptance",
    },
    StorageStart.REFUSAL: {
        "kk": "келісуден бас тартқаннан бастап",
        "ru": "с отказа в согласии",
        "en": "from the refusal to consent",
    },
}
ACTION_NAMES: Mapping[StorageAction, Words] = {
    StorageAction.DESTROY: {"kk": "жою", "ru": "уничтожение", "en": "destruction"},
    StorageAction.DELETE: {"kk": "өшіру", "ru": "удаление", "en": "deletion"},
    StorageAction.DEPERSONALISE: {"kk": "иесіздендіру", "ru": "обезличивание", "en": "depersonalisation"},
    StorageAction.BLOCK: {"kk": "бұғаттау", "ru": "блокирование", "en": "blocking"},
}
_AT_ONCE: Words = {
    "kk": "{start} – {action} (мерзімі: {act}).",
    "ru": "{start} – {action} (срок: {act}).",
    "en": "{start}: {action} (within {act}).",
}
_AFTER: Words = {
    "kk": "{start} {keep} сақталады, содан кейін – {action} (мерзімі: {act}).",
    "ru": "{start} хранятся {keep}, затем – {action} (срок: {act}).",
    "en": "{start} kept for {keep}, then {action} (within {act}).",
}
_GAP: Words = {
    "kk": "Құжат бұл туралы үндемейді: заң қолданылады.",
    "ru": "Документ об этом молчит: действует закон.",
    "en": "The document is silent on this: the law applies.",
}
_OUTER: Words = {
    "kk": "Шекті мерзім: {start} {keep}; бұл сол күнге дейін сақтауға негіз емес.",
    "ru": "Предельный срок: {start} {keep}; это не основание хранить до этого дня.",
    "en": "Outer limit: {start} {keep}; it is no reason to keep until then.",
}


def rule_in_words(rule: StorageRule) -> dict[str, str]:
    """Say from what a rule counts, how long data are kept, and what is then done."""
    return {
        language: term_in_words(rule.start, rule.keep, rule.action, rule.act, language, is_gap=rule.is_gap)
        for language in LANGUAGES
    }


def term_in_words(
    start: StorageStart, keep: Period | None, action: StorageAction, act: Period, language: str, *, is_gap: bool
) -> str:
    """Say one storage term in one language, from the data that a receipt carries."""
    words = (_AT_ONCE if keep is None else _AFTER)[language].format(
        start=START_NAMES[start][language],
        keep="" if keep is None else keep.in_words(language),
        action=ACTION_NAMES[action][language],
        act=act.in_words(language),
    )
    return _sentence(words) + (f" {_GAP[language]}" if is_gap else "")


def limit_in_words(limit: OuterLimit) -> dict[str, str]:
    """Say what an outer limit is, and what it is not."""
    return {
        language: _OUTER[language].format(
            start=START_NAMES[limit.start][language], keep=limit.period.in_words(language)
        )
        for language in LANGUAGES
    }


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
