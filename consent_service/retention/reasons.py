"""Why data are kept, held or go, in Kazakh, Russian and English."""

from collections.abc import Mapping
from datetime import date

from consent_service.retention.rules import Decision
from consent_service.retention.states import Because
from consent_service.storage.rules import LANGUAGES
from consent_service.storage.words import ACTION_NAMES, limit_in_words, rule_in_words

_WORDS: Mapping[Because, Mapping[str, str]] = {
    Because.NOTHING_STARTED: {
        "kk": "Мақсатқа әлі жеткен жоқ, деректер сақталады.",
        "ru": "Цель ещё не достигнута, данные хранятся.",
        "en": "The purpose is not reached yet, so the data are kept.",
    },
    Because.TERM_RUNS: {
        "kk": "{rule} Бұл күннен ерте емес: {acts_on}; соңғы күні: {due_on}.",
        "ru": "{rule} Не раньше {acts_on}; последний день: {due_on}.",
        "en": "{rule} Not before {acts_on}; the last day is {due_on}.",
    },
    Because.MAY_BE_TAKEN_BACK: {
        "kk": "{rule} Адам өтінішін {acts_on} дейін кері ала алады; соңғы күні: {due_on}.",
        "ru": "{rule} До {acts_on} человек может передумать; последний день: {due_on}.",
        "en": "{rule} Until {acts_on} the person may take the withdrawal back; the last day is {due_on}.",
    },
    Because.ELSE_STANDS: {
        "kk": "{rule} Адамның басқа келісімі күшінде, деректер сол үшін сақталады.",
        "ru": "{rule} Действует другое согласие человека, для него данные и хранятся.",
        "en": "{rule} Another consent of the person stands, and the data are kept for it.",
    },
    Because.ELSE_COMES_LATER: {
        "kk": "{rule} Басқа құжаттың мерзімі {acts_on} дейін жүреді; соңғы күні: {due_on}.",
        "ru": "{rule} По другому документу срок идёт до {acts_on}; последний день: {due_on}.",
        "en": "{rule} The term of another document runs until {acts_on}; the last day is {due_on}.",
    },
    Because.ORDERED: {
        "kk": "{rule} Жою туралы тапсырма бар: {due_on} күніне дейін.",
        "ru": "{rule} Уничтожение уже назначено: до {due_on}.",
        "en": "{rule} The erasure is ordered already, by {due_on}.",
    },
    Because.HELD: {
        "kk": "{rule} Мерзімі {due_on}, бірақ заңды тыйым ұстап тұр: {holds}.",
        "ru": "{rule} Срок – {due_on}, но данные удерживает запрет на уничтожение: {holds}.",
        "en": "{rule} Due by {due_on}, but a legal hold keeps it back: {holds}.",
    },
    Because.TERM_OVER: {
        "kk": "{rule} {action}: {due_on} күніне дейін.",
        "ru": "{rule} {action}: до {due_on}.",
        "en": "{rule} {action} by {due_on}.",
    },
}


def reason_of(decision: Decision) -> dict[str, str]:
    """Say why it was decided so: the rule with its clause or article, the days, and what stands in the way."""
    return {language: _said(decision, language) for language in LANGUAGES}


def _said(decision: Decision, language: str) -> str:
    course = decision.course
    if course is None:
        return _WORDS[decision.because][language]
    rule = f"{course.rule.source[language]}. {rule_in_words(course.rule)[language]}"
    if course.limit is not None:
        rule += f" {course.limit.source[language]}. {limit_in_words(course.limit)[language]}"
    action = ACTION_NAMES[course.rule.action][language]
    return _WORDS[decision.because][language].format(
        rule=rule,
        acts_on=_day(course.acts_on),
        due_on=_day(course.due_on),
        action=action[:1].upper() + action[1:],
        holds=", ".join(decision.held_by),
    )


def _day(day: date) -> str:
    return day.strftime("%d.%m.%Y")
