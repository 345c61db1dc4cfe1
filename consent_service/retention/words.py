"""The offer to renew a consent, in Kazakh, Russian and English."""

from datetime import date

from consent_service.consents.queries import consent_view
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Owed

RENEWAL_OFFER = "renewal_offer"
_SUBJECT = {
    "kk": "Келісіміңіздің мерзімі аяқталып келеді",
    "ru": "Срок вашего согласия заканчивается",
    "en": "Your consent is about to end",
}
_BODY = {
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


def renewal_offer(uow: UnitOfWork, owed: Owed) -> Mail:
    """Write the offer for one consent.

    Raises:
        NotFoundError: The consent is gone.
    """
    facts = {
        "operator": operator_view(uow).name[owed.language],
        "document": consent_view(uow, owed.case_id).document,
        "ends_on": date.fromisoformat(owed.facts["ends_on"]).strftime("%d.%m.%Y"),
    }
    return Mail(_SUBJECT[owed.language], _BODY[owed.language].format(**facts))
