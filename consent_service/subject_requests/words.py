"""What is said of requests, in Kazakh, Russian and English: reasons beside dates, codes by mail, letters."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from consent_service.subject_requests.states import RequestType


class Why(StrEnum):
    """A clause that promises something without a date."""

    AT_ONCE = "at_once"
    NO_LENGTH = "no_length"


_REASONS: Mapping[Why, Mapping[str, str]] = {
    Why.AT_ONCE: {
        "kk": "Құжат дереу әрекет етуді талап етеді, мерзімін атамайды.",
        "ru": "Документ требует действовать сразу и срока не называет.",
        "en": "The document wants this at once and names no period.",
    },
    Why.NO_LENGTH: {
        "kk": "Құжат мерзімнің ұзақтығын атамайды.",
        "ru": "Документ не называет длины срока.",
        "en": "The document does not print how long this may take.",
    },
}
CODE_SUBJECT = {"kk": "Растау коды", "ru": "Код подтверждения", "en": "Confirmation code"}
CODE_BODY = {
    "kk": "{operator}: өтінішіңізді растайтын код – {code}. Ол 10 минут жарамды. Өтініш жазбаған болсаңыз, елемеңіз.\n",
    "ru": "{operator}: код подтверждения обращения – {code}. Действует 10 минут. Не обращались – ничего не делайте.\n",
    "en": "{operator}: the code {code} confirms your request, for 10 minutes. You asked nothing? Ignore it.\n",
}
TYPES: Mapping[RequestType, Mapping[str, str]] = {
    RequestType.ACCESS: {
        "kk": "деректеріңізге қол жеткізу туралы",
        "ru": "о доступе к Вашим данным",
    },
    RequestType.CORRECTION: {
        "kk": "деректерді өзгерту және толықтыру туралы",
        "ru": "об изменении и дополнении данных",
    },
    RequestType.BLOCKING: {
        "kk": "деректерді бұғаттау туралы",
        "ru": "о блокировании данных",
    },
    RequestType.DESTRUCTION: {
        "kk": "деректерді жою туралы",
        "ru": "об уничтожении данных",
    },
    RequestType.RESTRICTION: {
        "kk": "өңдеуді шектеу туралы",
        "ru": "об ограничении обработки",
    },
    RequestType.PORTABILITY: {
        "kk": "деректерді машинамен оқылатын түрде беру туралы",
        "ru": "о передаче данных в машиночитаемом виде",
    },
    RequestType.OBJECTION_MARKETING: {
        "kk": "маркетингке қарсылық туралы",
        "ru": "о возражении против маркетинга",
    },
    RequestType.OBJECTION_AUTOMATED: {
        "kk": "автоматтандырылған өңдеуге қарсылық туралы",
        "ru": "о возражении против автоматизированной обработки",
    },
    RequestType.REMOVAL_PUBLIC: {
        "kk": "жалпыға қолжетімді көзден алып тастау туралы",
        "ru": "об удалении из общедоступного источника",
    },
    RequestType.CLAIM: {
        "kk": "талап-арыз туралы",
        "ru": "по претензии",
    },
    RequestType.COMPLAINT: {
        "kk": "шағым туралы",
        "ru": "по жалобе",
    },
}


def reason(why: Why, clause: Sequence[str]) -> dict[str, object]:
    """Return a reason as stored: code, clauses, and words in three languages."""
    return {"code": str(why), "clause": list(clause), **_REASONS[why]}
