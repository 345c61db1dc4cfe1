"""The words of a notice of change, and of what an objection leads to, in Kazakh, Russian and English."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from consent_service.deadlines.rules import almaty_day
from consent_service.policies.terms import Binds

CHANGE_NOTICE = "change_notice"
OPEN_LIST = {
    "kk": "деректер тізбесі ашық қалдырылған",
    "ru": "перечень данных стал открытым",
    "en": "the list of data is left open",
}
ABROAD = {
    "kk": "деректерді шетелге беру",
    "ru": "трансграничная передача данных",
    "en": "transfer of data abroad",
}
PUBLISHED = {
    "kk": "деректерді жалпыға қолжетімді көздерде тарату",
    "ru": "распространение данных в общедоступных источниках",
    "en": "publication of data in public sources",
}
SUBJECT = {
    "kk": "Құжат өзгереді: {title}",
    "ru": "Изменение документа: {title}",
    "en": "A document changes: {title}",
}
OPENING = {
    "kk": "Сәлеметсіз бе!\n\n{operator} сіз қабылдаған құжаттың жаңа редакциясын жариялады.\n"
    "Құжат: {title}, {version} редакциясы. Күшіне енетін күні: {in_force_on}.\n",
    "ru": "Здравствуйте!\n\n{operator}: опубликована новая редакция документа, который вы приняли.\n"
    "Документ: {title}, редакция {version}. Вступает в силу: {in_force_on}.\n",
    "en": "Hello,\n\n{operator} has published a new version of a document that you accepted.\n"
    "Document: {title}, version {version}. In force from: {in_force_on}.\n",
}
CHANGED = {
    "kk": "Өзгерген тармақтар: {clauses}.\n",
    "ru": "Изменённые пункты: {clauses}.\n",
    "en": "Clauses that changed: {clauses}.\n",
}
NEWS = {
    "kk": "Бұған сіздің жаңа келісіміңіз қажет (94-V Заң, 8-бап):\n{news}\n"
    "Сайтта жауап бергенше, бұлар үшін деректеріңіз пайдаланылмайды, бұрынғы келісіміңіз өз күйінде қалады.\n",
    "ru": "На это нужно ваше новое согласие (Закон 94-V, статья 8):\n{news}\n"
    "Пока вы не ответите на сайте, для этого ваши данные не используются, а прежнее согласие остаётся как есть.\n",
    "en": "For this your fresh consent is needed (Law 94-V, article 8):\n{news}\n"
    "Until you answer on the website your data are not used for it, and your earlier consent stands as it is.\n",
}
ASK = {
    "kk": "Бұл редакция сізді тек жаңа келісіміңізбен міндеттейді. "
    "Сайтта жауап бергенше бұрынғы редакция қолданылады.\n",
    "ru": "Эта редакция обязывает вас только с новым согласием. Пока вы не ответите на сайте, действует прежняя.\n",
    "en": "This version binds you only with a fresh consent. "
    "Until you answer on the website the earlier one applies.\n",
}
COURSE: Mapping[Binds, Mapping[str, str]] = {
    Binds.SILENCE: {
        "kk": "{clause}-тармақ: {on} күнінің соңына дейін жазбаша қарсылық білдірмесеңіз, "
        "өзгерістер сізге міндетті болады. Қарсылық келісімшартты ол алынған сәтте тоқтатады.\n",
        "ru": "Пункт {clause}: если до конца {on} вы не возразите письменно, изменения станут для вас обязательны. "
        "Возражение прекращает договор в момент его получения.\n",
        "en": "Clause {clause}: if you do not object in writing by the end of {on}, the changes bind you. "
        "An objection ends the agreement when it is received.\n",
    },
    Binds.NOTICE: {
        "kk": "{clause}-тармақ: жаңа редакция сізге {on} күні аяқталғаннан кейін қолданылады.\n",
        "ru": "Пункт {clause}: новая редакция применяется к вам по окончании {on}.\n",
        "en": "Clause {clause}: the new version applies to you when {on} has ended.\n",
    },
    Binds.USE: {
        "kk": "{clause}-тармақ: {on} күнінен кейін қызметті пайдалана берсеңіз ғана жаңа редакция сізге қолданылады.\n",
        "ru": "Пункт {clause}: новая редакция применяется к вам, только если вы пользуетесь сервисом после {on}.\n",
        "en": "Clause {clause}: the new version applies to you only if you go on using the service after {on}.\n",
    },
    Binds.POSTING: {
        "kk": "{clause}-тармақ: жаңа редакция {on} күнінен кейін қолданылады.\n",
        "ru": "Пункт {clause}: новая редакция применяется после {on}.\n",
        "en": "Clause {clause}: the new version applies after {on}.\n",
    },
}


def last_day_before(instant: datetime) -> str:
    """Write the last Almaty day before an instant of effect."""
    return almaty_day(instant - timedelta(microseconds=1)).strftime("%d.%m.%Y")
