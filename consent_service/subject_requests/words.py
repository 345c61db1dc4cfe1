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
RECEIPT_SUBJECT = {
    "kk": "{operator}: өтінішіңіз алынды, {what}",
    "ru": "{operator}: обращение получено, {what}",
    "en": "{operator}: your request was received, {what}",
}
RECEIPT_DUE = {"kk": "- {on}: {source}\n", "ru": "- {on}: {source}\n", "en": "- {on}: {source}\n"}
RECEIPT_BODY = {
    "kk": "Сәлеметсіз бе!\n\n{operator}: өтінішіңіз алынды ({what}).\n\nНөмірі: {number}\nАлынған күні: {on}\n\n"
    "Мерзімдері:\n{dates}\nӨтініш барысын көру және хабар жазу:\n{link}\n\n"
    "Бұл мекенжайды ешкімге бермеңіз: ол өтінішіңізді ашады.\n",
    "ru": "Здравствуйте!\n\n{operator}: обращение получено ({what}).\n\nНомер: {number}\nПолучено: {on}\n\n"
    "Сроки:\n{dates}\nСледить за обращением и написать сообщение:\n{link}\n\n"
    "Не передавайте этот адрес никому: он открывает обращение.\n",
    "en": "Hello,\n\n{operator}: your request was received ({what}).\n\nNumber: {number}\nReceived: {on}\n\n"
    "Dates:\n{dates}\nFollow the request and write a message:\n{link}\n\n"
    "Give this address to nobody: it opens your request.\n",
}
TYPES: Mapping[RequestType, Mapping[str, str]] = {
    RequestType.WITHDRAWAL: {
        "kk": "келісімді кері қайтарып алу туралы",
        "ru": "об отзыве согласия",
        "en": "withdrawal of consent",
    },
    RequestType.ACCESS: {
        "kk": "деректеріңізге қол жеткізу туралы",
        "ru": "о доступе к Вашим данным",
        "en": "access to your data",
    },
    RequestType.CORRECTION: {
        "kk": "деректерді өзгерту және толықтыру туралы",
        "ru": "об изменении и дополнении данных",
        "en": "correction of data",
    },
    RequestType.BLOCKING: {
        "kk": "деректерді бұғаттау туралы",
        "ru": "о блокировании данных",
        "en": "blocking of data",
    },
    RequestType.DESTRUCTION: {
        "kk": "деректерді жою туралы",
        "ru": "об уничтожении данных",
        "en": "destruction of data",
    },
    RequestType.RESTRICTION: {
        "kk": "өңдеуді шектеу туралы",
        "ru": "об ограничении обработки",
        "en": "restriction of processing",
    },
    RequestType.PORTABILITY: {
        "kk": "деректерді машинамен оқылатын түрде беру туралы",
        "ru": "о передаче данных в машиночитаемом виде",
        "en": "a machine-readable copy of data",
    },
    RequestType.OBJECTION_MARKETING: {
        "kk": "маркетингке қарсылық туралы",
        "ru": "о возражении против маркетинга",
        "en": "objection to marketing",
    },
    RequestType.OBJECTION_AUTOMATED: {
        "kk": "автоматтандырылған өңдеуге қарсылық туралы",
        "ru": "о возражении против автоматизированной обработки",
        "en": "objection to automated processing",
    },
    RequestType.REMOVAL_PUBLIC: {
        "kk": "жалпыға қолжетімді көзден алып тастау туралы",
        "ru": "об удалении из общедоступного источника",
        "en": "removal from a public source",
    },
    RequestType.CLAIM: {
        "kk": "талап-арыз туралы",
        "ru": "по претензии",
        "en": "claim",
    },
    RequestType.COMPLAINT: {
        "kk": "шағым туралы",
        "ru": "по жалобе",
        "en": "complaint",
    },
}


def reason(why: Why, clause: Sequence[str]) -> dict[str, object]:
    """Return a reason as stored: code, clauses, and words in three languages."""
    return {"code": str(why), "clause": list(clause), **_REASONS[why]}
