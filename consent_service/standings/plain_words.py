"""What a new version of a document changes, in plain words of Kazakh, Russian and English.  Pure."""

from collections.abc import Iterator, Mapping

from consent_service.policies.terms import Terms, WithdrawalEffect
from consent_service.standings.rules import New, NewKind, what_is_new

_Told = Mapping[str, str]
_BRINGS: Mapping[NewKind, _Told] = {
    NewKind.PURPOSE: {"kk": "Жаңа мақсат: {name}", "ru": "Новая цель: {name}", "en": "New purpose: {name}"},
    NewKind.DATA: {"kk": "Жаңа деректер: {name}", "ru": "Новые данные: {name}", "en": "New data: {name}"},
    NewKind.RECIPIENT: {"kk": "Жаңа алушы: {name}", "ru": "Новый получатель: {name}", "en": "New recipient: {name}"},
    NewKind.CROSS_BORDER: {
        "kk": "Жаңа трансшекаралық беру: {name}",
        "ru": "Новая трансграничная передача: {name}",
        "en": "New transfer abroad: {name}",
    },
    NewKind.PUBLICATION: {
        "kk": "Жаңа тарату: {name}",
        "ru": "Новое распространение: {name}",
        "en": "New publication: {name}",
    },
}
_DROPS: Mapping[NewKind, _Told] = {
    NewKind.PURPOSE: {
        "kk": "Енді мақсат емес: {name}",
        "ru": "Больше не цель: {name}",
        "en": "No longer a purpose: {name}",
    },
    NewKind.DATA: {
        "kk": "Енді деректер қатарында жоқ: {name}",
        "ru": "Больше не входит в данные: {name}",
        "en": "No longer among the data: {name}",
    },
    NewKind.RECIPIENT: {
        "kk": "Енді алушы емес: {name}",
        "ru": "Больше не получатель: {name}",
        "en": "No longer a recipient: {name}",
    },
    NewKind.CROSS_BORDER: {
        "kk": "Енді шетелге берілмейді: {name}",
        "ru": "Больше не передаётся за границу: {name}",
        "en": "No longer sent abroad: {name}",
    },
    NewKind.PUBLICATION: {
        "kk": "Енді таратылмайды: {name}",
        "ru": "Больше не распространяется: {name}",
        "en": "No longer published: {name}",
    },
}
_VALIDITY = {
    "kk": "Келісімнің қолданылу мерзімі: {now} (бұрын: {before})",
    "ru": "Срок действия согласия: {now} (было: {before})",
    "en": "How long a consent is valid: {now} (was: {before})",
}
_EFFECT = {
    "kk": "Кері қайтарып алу күшіне енеді: {now} (бұрын: {before})",
    "ru": "Отзыв вступает в силу: {now} (было: {before})",
    "en": "A withdrawal takes effect: {now} (was: {before})",
}
_CLAUSE = {"kk": "{said} (тармақ: {clause})", "ru": "{said} (п. {clause})", "en": "{said} (clause {clause})"}
_NO_PERIOD = {"kk": "мерзімі жазылмаған", "ru": "срок не указан", "en": "no period is printed"}
_AT_RECEIPT = {"kk": "алынған сәтте", "ru": "при получении", "en": "at receipt"}
_LATER = {
    "kk": "алынғаннан кейін {period} өткен соң",
    "ru": "через {period} после получения",
    "en": "{period} after receipt",
}


def in_words(old: Terms, new: Terms, language: str) -> Iterator[str]:
    """Say what the rules of the new version bring and drop, and which periods became others."""
    for one in what_is_new(old, new):
        said = _BRINGS[one.kind][language].format(name=one.name[language])
        yield _with_clause(said, one, language)
    for one in what_is_new(new, old):
        yield _DROPS[one.kind][language].format(name=one.name[language])
    if old.validity.period != new.validity.period:
        yield _VALIDITY[language].format(now=_term(new, language), before=_term(old, language))
    before, now = _effects(old, language), _effects(new, language)
    if before != now:
        yield _EFFECT[language].format(now=now, before=before)


def _with_clause(said: str, one: New, language: str) -> str:
    return _CLAUSE[language].format(said=said, clause=", ".join(one.clause)) if one.clause else said


def _term(terms: Terms, language: str) -> str:
    return terms.validity.period.in_words(language) if terms.validity.period else _NO_PERIOD[language]


def _effects(terms: Terms, language: str) -> str:
    said = dict.fromkeys(_effect(effect, language) for effect in terms.withdrawal.effects)
    return "; ".join(said) or _AT_RECEIPT[language]


def _effect(effect: WithdrawalEffect, language: str) -> str:
    if effect.period is None:
        return _AT_RECEIPT[language]
    return _LATER[language].format(period=effect.period.in_words(language))
