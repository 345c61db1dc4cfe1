"""What a recipient is written, in Kazakh, Russian and, abroad, English."""

from uuid import UUID

from consent_service.deadlines.rules import almaty_day
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Owed
from consent_service.printing.document import Block, Paragraph, Points, Printed, as_text
from consent_service.printing.pdf import to_pdf
from consent_service.recipients.named import purpose_names, said
from consent_service.recipients.notices import open_reference
from consent_service.recipients.queries import entry_of, notice_view
from consent_service.recipients.states import NoticeKind

_TITLE = {
    NoticeKind.STOP: {
        "kk": "Дербес деректерді өңдеуді тоқтату туралы хабарлама",
        "ru": "Уведомление о прекращении обработки персональных данных",
        "en": "Notice to stop processing personal data",
    },
    NoticeKind.DESTROY: {
        "kk": "Дербес деректерді жою туралы хабарлама",
        "ru": "Уведомление об уничтожении персональных данных",
        "en": "Notice to destroy personal data",
    },
    NoticeKind.RESUME: {
        "kk": "Келісімнің күші қайта басталғаны туралы хабарлама",
        "ru": "Уведомление о возобновлении действия согласия",
        "en": "Notice that a consent stands again",
    },
}
_BODY = {
    NoticeKind.STOP: {
        "kk": "Субъект төменде аталған мақсаттар бойынша келісімін кері қайтарып алды. Осы хабарламаны алған сәттен "
        "бастап оның дербес деректерін осы мақсаттар үшін өңдеуді тоқтатуыңызды сұраймыз (94-V Заңының 8-бабы). "
        "Деректерді жою туралы бөлек хабарланады.",
        "ru": "Субъект отозвал согласие на цели, названные ниже. Просим с получения этого уведомления прекратить "
        "обработку его персональных данных для этих целей (статья 8 Закона 94-V). Об уничтожении данных будет "
        "сообщено отдельно.",
        "en": "The person has withdrawn consent to the purposes named below. From receipt of this notice please stop "
        "processing the person's data for these purposes (Law 94-V, article 8). Destruction will be notified "
        "separately.",
    },
    NoticeKind.DESTROY: {
        "kk": "Төменде аталған мақсаттар бойынша субъектінің дербес деректерін өңдеуге негіз жоқ. Сізге берілген "
        "деректерді өңдеуді тоқтатып, жоюыңызды және бұл туралы жазбаша растауыңызды сұраймыз (94-V Заңының 18-бабы: "
        "міндет үшінші тұлғаларға да қатысты). Егер заң сақтауды талап етсе, деректерді бұғаттап, бабын жазыңыз.",
        "ru": "Оснований для обработки персональных данных субъекта для целей, названных ниже, больше нет. Просим "
        "прекратить обработку переданных вам данных, уничтожить их и письменно это подтвердить (статья 18 Закона "
        "94-V: обязанность относится и к третьим лицам). Если хранения требует закон, заблокируйте данные и назовите "
        "статью.",
        "en": "There is no ground any more for processing the person's data for the purposes named below. Please stop "
        "processing the data that were given to you, destroy them and confirm it in writing (Law 94-V, article 18: the "
        "duty binds third parties too). Where a law requires storage, block the data and name the article.",
    },
    NoticeKind.RESUME: {
        "kk": "Субъектінің төменде аталған мақсаттар бойынша келісімі қайта күшіне енді. Бұрын жіберілген тоқтату "
        "туралы хабарламаның күші жойылды.",
        "ru": "Согласие субъекта на цели, названные ниже, снова действует. Направленное ранее уведомление о "
        "прекращении обработки утратило силу.",
        "en": "The person's consent to the purposes named below stands again. The notice to stop, sent earlier, no "
        "longer holds.",
    },
}
_LABELS = {
    "kk": ("Хабарлама нөмірі", "Күні", "Кімнен", "Кімге", "Шарт", "Субъектінің операторда белгіленуі", "Мақсаттар:"),
    "ru": ("Номер уведомления", "Дата", "От кого", "Кому", "Договор", "Обозначение субъекта у оператора", "Цели:"),
    "en": ("Notice number", "Date", "From", "To", "Contract", "The operator's reference of the person", "Purposes:"),
}
_DATED = {"kk": "{number}, {on} күнгі", "ru": "{number} от {on}", "en": "{number} of {on}"}
_ANSWER = {
    "kk": "Жауапта хабарлама нөмірін көрсетіңіз. Осы белгілеуден басқа субъект туралы мәлімет берілмейді.",
    "ru": "В ответе укажите номер уведомления. Кроме этого обозначения, сведений о субъекте не передаётся.",
    "en": "Please quote the number of the notice in your answer. Of the person, this reference alone is disclosed.",
}
_DAY = "%d.%m.%Y"


def notice_pages(uow: UnitOfWork, notice_id: UUID) -> dict[str, Printed]:
    """Return a notice by language, while it has not gone out.

    Raises:
        NotFoundError: There is no such notice, or whom it was about has been forgotten.
    """
    view, reference = notice_view(uow, notice_id), open_reference(uow, notice_id)
    entry, operator = entry_of(uow, view.recipient_id), operator_view(uow)
    names = purpose_names(uow)
    pages = {}
    for language in view.languages:
        number, on, sender, to, contract, person, purposes = _LABELS[language]
        facts = [
            (number, str(view.id)),
            (on, almaty_day(view.created_at).strftime(_DAY)),
            (sender, ", ".join(filter(None, [operator.name[language], operator.identifier]))),
            (to, ", ".join(filter(None, [entry.name, entry.bin]))),
        ]
        if entry.contract is not None and entry.contract_on is not None:
            dated = _DATED[language].format(number=entry.contract, on=entry.contract_on.strftime(_DAY))
            facts.append((contract, dated))
        facts.append((person, reference))
        blocks: list[Block] = [
            Paragraph(_BODY[view.kind][language]),
            Paragraph(purposes),
            Points([said(names, purpose, language) for purpose in view.purposes]),
            Paragraph(_ANSWER[language]),
        ]
        pages[language] = Printed(language, _TITLE[view.kind][language], blocks, facts)
    return pages


def notice_mail(uow: UnitOfWork, owed: Owed) -> Mail:
    """Write the message by which a notice goes out.

    Raises:
        NotFoundError: The notice has gone out another way.
    """
    pages, view = notice_pages(uow, owed.case_id), notice_view(uow, owed.case_id)
    return Mail(
        subject=next(iter(pages.values())).title,
        body="\n\n———\n\n".join(as_text(page) for page in pages.values()),
        files=tuple((f"{language}.pdf", to_pdf(page, view.created_at)) for language, page in pages.items()),
    )
