"""The words of the mail that says that a webhook was stopped."""

from consent_service.webhooks.states import Because

WEBHOOK_STOPPED = "webhook_stopped"
SUBJECT = {
    "kk": "Вебхук тоқтатылды: {host}",
    "ru": "Вебхук остановлен: {host}",
    "en": "Webhook stopped: {host}",
}
BODY = {
    Because.GONE: {
        "kk": "{operator}: {host} мекенжайы 410 деп жауап берді, сондықтан оған бұдан былай хабар жіберілмейді.",
        "ru": "{operator}: адрес {host} ответил 410, поэтому больше туда ничего не отправляется.",
        "en": "{operator}: the address {host} answered 410, so nothing is sent there any more.",
    },
    Because.FAILING: {
        "kk": "{operator}: {host} мекенжайы бес күн бойы ештеңе қабылдамады, сондықтан оған бұдан былай хабар "
        "жіберілмейді.",
        "ru": "{operator}: адрес {host} пять дней ничего не принимал, поэтому больше туда ничего не отправляется.",
        "en": "{operator}: the address {host} took nothing for five days, so nothing is sent there any more.",
    },
}
FOOT = {
    "kk": "Жеткізілмегені отыз күн сақталады. Қабылдаушыны түзетіп, вебхукты қосыңыз да, қайта жіберіңіз:\n{address}\n",
    "ru": "Недоставленное хранится тридцать дней. Исправьте получателя, включите вебхук и отправьте заново:\n"
    "{address}\n",
    "en": "What was not delivered is kept for thirty days. Mend the receiver, enable the webhook and replay:\n"
    "{address}\n",
}
