"""The words of messages, in Kazakh, Russian and English."""

from collections.abc import Mapping
from enum import StrEnum


class Template(StrEnum):
    """A kind of message."""

    RENEWAL_OFFER = "renewal_offer"


SUBJECTS: Mapping[Template, Mapping[str, str]] = {
    Template.RENEWAL_OFFER: {
        "kk": "Келісіміңіздің мерзімі аяқталып келеді",
        "ru": "Срок вашего согласия заканчивается",
        "en": "Your consent is about to end",
    }
}
BODIES: Mapping[Template, Mapping[str, str]] = {
    Template.RENEWAL_OFFER: {
        "kk": (
            "Сәлеметсіз бе!\n\n{operator} ұйымына берген келісіміңіз {ends_on} күні аяқталады.\n"
            "Құжат: {document}.\n\nКелісімді ұзартқыңыз келсе, ұйымның сайтында жаңадан беріңіз. "
            "Ештеңе істемесеңіз, келісім сол күні тоқтайды.\n"
        ),
        "ru": (
            "Здравствуйте!\n\nВаше согласие, данное {operator}, заканчивается {ends_on}.\n"
            "Документ: {document}.\n\nЕсли хотите его продлить, дайте согласие заново на сайте организации. "
            "Если ничего не делать, согласие прекратится в этот день.\n"
        ),
        "en": (
            "Hello,\n\nyour consent to {operator} ends on {ends_on}.\n"
            "Document: {document}.\n\nTo renew it, give it again on the organisation's website. "
            "If you do nothing, it ends on that day.\n"
        ),
    }
}
