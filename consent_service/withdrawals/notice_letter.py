"""The letter by which a person withdraws by registered mail, filled in with what they typed; nothing of it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from consent_service.operators.queries import OperatorView
from consent_service.policies.terms import LocalText
from consent_service.printing.document import Block, Heading, Paragraph, Points, Printed

LANGUAGES = ("kk", "ru")
_TITLE = {
    "kk": "Дербес деректерді жинауға және өңдеуге берілген келісімді кері қайтарып алу туралы өтініш",
    "ru": "Заявление об отзыве согласия на сбор и обработку персональных данных",
}
_TO, _FROM = {"kk": "Кімге", "ru": "Кому"}, {"kk": "Кімнен", "ru": "От кого"}
_ADDRESS, _REACH = {"kk": "Мекенжайы", "ru": "Адрес"}, {"kk": "Байланыс", "ru": "Как ответить"}
_BY = {"kk": "Өкілі", "ru": "Представитель"}
_NO_ADDRESS = {
    "kk": "________________________ (мекенжайды оператордың сайтынан алып жазыңыз)",
    "ru": "________________________ (впишите адрес с сайта оператора)",
}
_BODY = {
    "kk": "Қазақстан Республикасының «Дербес деректер және оларды қорғау туралы» 2013 жылғы 21 мамырдағы № 94-V "
    "Заңының 8-бабына сәйкес төменде аталған құжат бойынша берген келісімімді кері қайтарып аламын.",
    "ru": "В соответствии со статьёй 8 Закона Республики Казахстан от 21 мая 2013 года № 94-V «О персональных данных и "
    "их защите» отзываю своё согласие, данное по указанному ниже документу.",
}
_DOCUMENT = {"kk": "Құжат", "ru": "Документ"}
_EVERY = {
    "kk": "Осы операторға берілген барлық келісімдер",
    "ru": "Все согласия, данные этому оператору",
}
_PURPOSES = {"kk": "Тек мына мақсаттар бойынша", "ru": "Только для целей"}
_ASK = {
    "kk": "Өңдеуді тоқтатуды және он бес жұмыс күні ішінде маған хабарлауды, не дәлелді бас тартуды жіберуді сұраймын "
    "(8-бап, 7-тармақ). Өңдеу аяқталғаннан кейін деректерімді 18-бапқа сәйкес жоюды сұраймын.",
    "ru": "Прошу прекратить обработку и сообщить мне об этом в течение пятнадцати рабочих дней либо направить "
    "мотивированный отказ (статья 8, пункт 7). После прекращения обработки прошу уничтожить мои данные в соответствии "
    "со статьёй 18.",
}
_SIGN = {"kk": "Күні: ____________    Қолы: ____________", "ru": "Дата: ____________    Подпись: ____________"}
_FOOT = {
    "kk": "Хабарламасы бар тапсырыс хатпен жіберіңіз; жеке басты куәландыратын құжаттың көшірмесін салмаңыз.",
    "ru": "Отправьте заказным письмом с уведомлением; копию документа, удостоверяющего личность, не прилагайте.",
}


@dataclass(frozen=True, slots=True, repr=False)
class NoticeOf:
    """Who withdraws, and from what: the title of a document and names of purposes, none for everything."""

    name: str
    address: str | None
    reach: str | None
    title: LocalText | None
    purposes: Sequence[LocalText]
    representative: str | None = None


def notice_page(operator: OperatorView, notice: NoticeOf, language: str, on: date) -> Printed:
    """Write the letter in Kazakh or Russian."""
    document = notice.title[language] if notice.title else _EVERY[language]
    purposes: tuple[Block, ...] = ()
    if notice.purposes:
        purposes = (Heading(_PURPOSES[language]), Points([one[language] for one in notice.purposes]))
    return Printed(
        language,
        _TITLE[language],
        (
            Paragraph(_BODY[language]),
            Heading(_DOCUMENT[language]),
            Paragraph(document),
            *purposes,
            Paragraph(_ASK[language]),
            Paragraph(_SIGN[language]),
        ),
        tuple(_head(operator, notice, language)),
        f"{_FOOT[language]} {on:%d.%m.%Y}",
    )


def postal_addresses(operator: OperatorView, language: str) -> list[str]:
    """Return the postal addresses that the operator's documents print, each whole."""
    posts: Sequence[Mapping[str, str]] = operator.contacts.get("post") or ()
    return [one[language] for one in posts]


def _head(operator: OperatorView, notice: NoticeOf, language: str) -> list[tuple[str, str]]:
    addresses = "\n".join(postal_addresses(operator, language)) or _NO_ADDRESS[language]
    head = [(_TO[language], operator.name[language]), (_ADDRESS[language], addresses), (_FROM[language], notice.name)]
    if notice.address:
        head.append((_ADDRESS[language], notice.address))
    if notice.representative:
        head.append((_BY[language], notice.representative))
    if notice.reach:
        head.append((_REACH[language], notice.reach))
    return head
