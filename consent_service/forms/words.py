"""What a form says beside its boxes, in Kazakh, Russian and English.  Terms as in docs/glossary.md."""

from collections.abc import Mapping

from consent_service.forms.rules import Box, BoxKind
from consent_service.policies.terms import DocumentKind, Terms

# The wording that surrounds the boxes; the script shows it as it comes.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "group": {"kk": "Дербес деректер", "ru": "Персональные данные", "en": "Personal data"},
    "required": {"kk": "міндетті", "ru": "обязательно", "en": "required"},
    "optional": {"kk": "қалауы бойынша", "ru": "по желанию", "en": "optional"},
    "missing": {
        "kk": "Жалғастыру үшін осы міндетті ұяшықты белгілеңіз.",
        "ru": "Чтобы продолжить, отметьте этот обязательный пункт.",
        "en": "To go on, tick this required box.",
    },
    "opens": {
        "kk": "жаңа қойындыда ашылады",
        "ru": "откроется в новой вкладке",
        "en": "opens in a new tab",
    },
    "changed": {
        "kk": "Құжаттың мәтіні өзгерді. Оқып, қайта жауап беріңіз.",
        "ru": "Текст документа изменился. Прочитайте его и ответьте ещё раз.",
        "en": "The text of the document has changed. Please read it and answer again.",
    },
}
CLAUSES = {
    "kk": "Өзгерген тармақтар: {clauses}",
    "ru": "Изменённые пункты: {clauses}",
    "en": "Clauses that changed: {clauses}",
}
_SINCE = {
    "title": {
        "kk": "{version} редакциясынан кейін не өзгерді",
        "ru": "Что изменилось после редакции {version}",
        "en": "What has changed since version {version}",
    },
    "link": {
        "kk": "Екі редакцияны салыстыру",
        "ru": "Сравнить обе редакции",
        "en": "Compare the two versions",
    },
}
_READ = {"kk": "Құжатпен таныстым: {title}", "ru": "Документ мною прочитан: {title}", "en": "I have read: {title}"}
_CONSENT = {
    "kk": "Дербес деректерімді жинауға және өңдеуге келісім беремін. Мақсаты: {name}",
    "ru": "Даю согласие на сбор и обработку моих персональных данных. Цель: {name}",
    "en": "I consent to the collection and processing of my personal data. Purpose: {name}",
}
_ACCEPT = {
    "kk": "Құжаттың шарттарын қабылдаймын: {title}. Мақсаты: {name}",
    "ru": "Принимаю условия документа: {title}. Цель: {name}",
    "en": "I accept the terms: {title}. Purpose: {name}",
}


def words(language: str) -> dict[str, str]:
    """Return the wording around the boxes."""
    return {name: told[language] for name, told in _WORDS.items()}


def since_words(version: str, language: str) -> dict[str, str]:
    """Return the wording around what changed since a version."""
    return {name: told[language].format(version=version) for name, told in _SINCE.items()}


def label(box: Box, terms: Terms, language: str) -> str:
    """Return what stands beside a box."""
    if box.kind is BoxKind.INFORMATION:
        return _READ[language].format(title=terms.title[language])
    name = next(purpose.name[language] for purpose in terms.purposes if purpose.code == box.purpose)
    frame = _ACCEPT if terms.kind is DocumentKind.AGREEMENT else _CONSENT
    return frame[language].format(name=name, title=terms.title[language])
