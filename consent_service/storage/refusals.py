"""Why a rule of a schedule cannot be taken, in Kazakh, Russian and English."""

from collections.abc import Mapping
from enum import StrEnum

Words = Mapping[str, str]


class Refused(StrEnum):
    """A reason to refuse a rule."""

    NO_DOCUMENT = "no_document"
    NO_PURPOSE = "no_purpose"
    REFUSAL_HAS_ITS_OWN = "refusal_has_its_own"
    HOURS = "hours"
    CODE_TWICE = "code_twice"
    LONGER_THAN_PRINTED = "longer_than_printed"
    LONGER_THAN_LAW = "longer_than_law"
    WITHDRAWAL_HAS_BARS = "withdrawal_has_bars"


_WORDS: Mapping[Refused, Words] = {
    Refused.NO_DOCUMENT: {
        "kk": "{document} деген жарияланған құжат жоқ.",
        "ru": "Опубликованного документа {document} нет.",
        "en": "There is no published document {document}.",
    },
    Refused.NO_PURPOSE: {
        "kk": "Құжатта мұндай мақсат жоқ: {missing}.",
        "ru": "В документе нет такой цели: {missing}.",
        "en": "The document has no purpose {missing}.",
    },
    Refused.REFUSAL_HAS_ITS_OWN: {
        "kk": "Келісуден бас тартқанда заңның мерзімі қолданылады (94-V 18); басқасын белгілеуге болмайды.",
        "ru": "При отказе в согласии действует срок закона (94-V 18); другой задать нельзя.",
        "en": "A refusal has the term of the law (94-V 18); no other can be set for it.",
    },
    Refused.HOURS: {
        "kk": "Мерзімді күнмен, жұмыс күнімен, аймен немесе жылмен жазыңыз.",
        "ru": "Напишите срок в днях, рабочих днях, месяцах или годах.",
        "en": "Write the period in days, working days, months or years.",
    },
    Refused.CODE_TWICE: {
        "kk": "Бұл код басқа ережеде бар; әр ережеге өз кодын беріңіз.",
        "ru": "Этот код уже у другого правила; дайте каждому свой.",
        "en": "This code stands before another rule already; give each its own.",
    },
    Refused.LONGER_THAN_PRINTED: {
        "kk": "{document} құжатының {clause}-тармағындағы мерзім: {printed}; {wanted} одан ұзақ. Одан асырмай жазыңыз.",
        "ru": "По пункту {clause} документа {document} срок – {printed}; {wanted} дольше. Напишите не больше этого.",
        "en": "Clause {clause} of {document} gives {printed}; {wanted} is longer. Write the same or less.",
    },
    Refused.LONGER_THAN_LAW: {
        "kk": "Құжат үндемесе, деректер мына мерзімде жойылады: {law} (94-V 18). Сақтауды заң талап етсе, оны негізде "
        "атап, required_by_law белгісін қойыңыз.",
        "ru": "Где документ молчит, данные уничтожаются в срок: {law} (94-V 18). Если хранить требует закон, назовите "
        "его в основании и отметьте required_by_law.",
        "en": "Where the document is silent, data go within {law} (94-V 18). Where a law requires the storage, name it "
        "in the basis and set required_by_law.",
    },
    Refused.WITHDRAWAL_HAS_BARS: {
        "kk": "Құжат үндемесе, кері қайтарып алудан кейін деректер мына мерзімде жойылады: {law} (94-V 18). Сақтауды "
        "заң талап етсе, кері қайтарып алудан сол негізбен бас тартыңыз (94-V 8(2)).",
        "ru": "Где документ молчит, после отзыва данные уничтожаются в срок: {law} (94-V 18). Если хранить требует "
        "закон, откажите в отзыве на этом основании (94-V 8(2)).",
        "en": "Where the document is silent, data go within {law} of a withdrawal (94-V 18). Where a law requires the "
        "storage, refuse the withdrawal on that bar (94-V 8(2)).",
    },
}


def refusal(why: Refused, **facts: str | Words) -> dict[str, str]:
    """Say why; a fact is the same in all languages, or has its words in each."""
    return {
        language: template.format(
            **{name: fact if isinstance(fact, str) else fact[language] for name, fact in facts.items()}
        )
        for language, template in _WORDS[why].items()
    }
