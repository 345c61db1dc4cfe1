"""The letter that refuses a withdrawal, in Kazakh and Russian (Law 94-V art. 8(2), 8(7))."""

from collections.abc import Sequence
from datetime import date

from consent_service.operators.queries import OperatorView
from consent_service.policies.terms import Terms
from consent_service.printing.document import Heading, Paragraph, Points, Printed
from consent_service.withdrawals.states import Bar

_TITLE = {
    "kk": "Дербес деректерді өңдеуге берілген келісімді кері қайтарып алудан бас тарту туралы",
    "ru": "Об отказе в отзыве согласия на обработку персональных данных",
}
_TO = {"kk": "Кімге", "ru": "Кому"}
_FROM = {"kk": "Кімнен", "ru": "От кого"}
_OPENING = {
    "kk": "{on} күні алынған, «{title}» құжаты бойынша келісімді кері қайтарып алу туралы өтінішіңіз қаралды.",
    "ru": "Рассмотрено Ваше обращение, полученное {on}, об отзыве согласия, данного по документу «{title}».",
}
_DECISION = {
    "kk": "Төмендегі мақсаттар бойынша өтінішті қанағаттандырудан бас тартылады:",
    "ru": "В отзыве отказано в отношении следующих целей:",
}
_GROUND = {"kk": "Негіз", "ru": "Основание"}
_BARS = {
    Bar.LAW: {
        "kk": "Келісімді кері қайтарып алу заңға қайшы келеді (94-V Заң, 8-бап 2-тармақ): {reference}.",
        "ru": "Отзыв согласия противоречит закону (Закон 94-V, статья 8, пункт 2): {reference}.",
    },
    Bar.OBLIGATION: {
        "kk": "Орындалмаған міндеттеме бар (94-V Заң, 8-бап 2-тармақ): {reference}.",
        "ru": "Имеется неисполненное обязательство (Закон 94-V, статья 8, пункт 2): {reference}.",
    },
    Bar.STORAGE_REQUIRED: {
        "kk": "Деректерді сақтау немесе өңдеу заңмен талап етіледі (94-V Заң, 8-бап 7-тармақ): {reference}.",
        "ru": "Хранение или обработка данных требуется законом (Закон 94-V, статья 8, пункт 7): {reference}.",
    },
}
_WHY = {"kk": "Дәлелдер", "ru": "Обоснование"}
_AFTER = {"kk": "Одан әрі", "ru": "Что дальше"}
_NEXT = {
    "kk": (
        "Деректер тек аталған мақсаттар үшін ғана өңделеді. Кедергі жойылғанда өтінішіңіз қайта жазусыз орындалады.",
        "Бас тартумен келіспесеңіз, дербес деректерді қорғау саласындағы уәкілетті органға немесе сотқа жүгіне аласыз.",
    ),
    "ru": (
        "Данные обрабатываются только для названных целей. Когда препятствие отпадёт, отзыв будет исполнен сам.",
        "При несогласии Вы вправе обратиться в уполномоченный орган по защите персональных данных или в суд.",
    ),
}


def refusal_pages(
    *,
    operator: OperatorView,
    terms: Terms,
    name: str | None,
    received_on: date,
    purposes: Sequence[str],
    bar: Bar,
    reference: str,
    why: str,
) -> dict[str, Printed]:
    """Write the letter in both languages; ``why`` is repeated in the words in which it was given."""
    names = {purpose.code: purpose.name for purpose in terms.purposes}
    pages = {}
    for language in ("kk", "ru"):
        to = ((_TO[language], name),) if name else ()
        pages[language] = Printed(
            language,
            _TITLE[language],
            (
                Paragraph(_OPENING[language].format(on=received_on.strftime("%d.%m.%Y"), title=terms.title[language])),
                Paragraph(_DECISION[language]),
                Points([names[code][language] for code in purposes]),
                Heading(_GROUND[language]),
                Paragraph(_BARS[bar][language].format(reference=reference)),
                Heading(_WHY[language]),
                Paragraph(why),
                Heading(_AFTER[language]),
                Points(_NEXT[language]),
            ),
            (*to, (_FROM[language], operator.name[language])),
            operator.name[language],
        )
    return pages
