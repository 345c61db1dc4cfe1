"""Answers and refusals, in Kazakh and Russian, each citing its article; and the package of what is held."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from consent_service.connectors.states import Collected
from consent_service.operators.queries import OperatorView
from consent_service.printing.document import Block, Grid, Heading, Paragraph, Points, Printed
from consent_service.subject_requests.states import RequestType
from consent_service.subject_requests.words import TYPES

LANGUAGES = ("kk", "ru")
_TITLE = {
    "answer": {"kk": "Өтінішке жауап: {what}", "ru": "Ответ на обращение {what}"},
    "message": {"kk": "Өтінішіңіз бойынша хабарлама: {what}", "ru": "Сообщение по обращению {what}"},
    "refusal": {"kk": "Дәлелді бас тарту: {what}", "ru": "Мотивированный отказ по обращению {what}"},
}
_TO, _FROM = {"kk": "Кімге", "ru": "Кому"}, {"kk": "Кімнен", "ru": "От кого"}
_OPENING = {
    "kk": "{on} күні алынған өтінішіңіз қаралды.",
    "ru": "Ваше обращение, полученное {on}, рассмотрено.",
}
_GROUND = {"kk": "Құқықтық негіз", "ru": "Правовое основание"}
_WHY = {"kk": "Дәлелдер", "ru": "Обоснование"}
_HELD = {"kk": "Сіз туралы сақталатын мәліметтер", "ru": "Сведения о Вас, которые хранятся"}
_NOT_KNOWN = {
    "kk": "Өтініш берушінің кім екенін анықтау мүмкін болмады, сондықтан мәліметтер берілмейді.",
    "ru": "Личность обратившегося установить не удалось, поэтому сведения не предоставляются.",
}
_NEXT = {
    "kk": "Жауаппен келіспесеңіз, дербес деректерді қорғау саласындағы уәкілетті органға немесе сотқа жүгіне аласыз.",
    "ru": "При несогласии Вы вправе обратиться в уполномоченный орган по защите персональных данных или в суд.",
}
_KEYS = {
    "identifiers": {"kk": "Сәйкестендіргіштер", "ru": "Идентификаторы"},
    "consents": {"kk": "Келісімдер", "ru": "Согласия"},
    "standings": {"kk": "Құжаттардың қолданыстағы редакциялары", "ru": "Действующие для Вас редакции документов"},
    "withdrawals": {"kk": "Келісімді кері қайтарып алу", "ru": "Отзывы согласия"},
    "requests": {"kk": "Өтініштер", "ru": "Обращения"},
    "files": {"kk": "Жіберілген файлдар", "ru": "Присланные файлы"},
    "recipients": {"kk": "Деректерді алушылар", "ru": "Получатели данных"},
    "transfers": {"kk": "Деректерді беру", "ru": "Передачи данных"},
    "erasures": {"kk": "Жою тапсырмалары", "ru": "Поручения об уничтожении"},
}
_SYSTEM = {"kk": "Оператор жүйесі: {name}", "ru": "Система оператора: {name}"}
_TABLE = {"kk": "{table} (жазбалар: {held}, мұнда: {shown})", "ru": "{table} (записей: {held}, здесь: {shown})"}
_ASK_THERE = {
    "kk": "Бұл жүйедегі мәліметтер бөлек беріледі.",
    "ru": "Сведения из этой системы предоставляются отдельно.",
}
_UNREAD = {
    "kk": "Бұл жүйені оқу мүмкін болмады: мәліметтер толық емес.",
    "ru": "Эту систему прочитать не удалось: сведения неполные.",
}
_NOTHING = {"kk": "жоқ", "ru": "нет"}
_HEADS = {
    "kind": {"kk": "Түрі", "ru": "Вид"},
    "value": {"kk": "Мәні", "ru": "Значение"},
    "document": {"kk": "Құжат", "ru": "Документ"},
    "version": {"kk": "Редакция", "ru": "Редакция"},
    "language": {"kk": "Тілі", "ru": "Язык"},
    "text_sha256": {"kk": "Мәтін SHA-256", "ru": "SHA-256 текста"},
    "given_at": {"kk": "Берілген уақыты", "ru": "Когда дано"},
    "state": {"kk": "Күйі", "ru": "Состояние"},
    "purposes": {"kk": "Мақсаттар", "ru": "Цели"},
    "expires_on": {"kk": "Мерзімі", "ru": "Действует до"},
    "received_on": {"kk": "Алынған күні", "ru": "Получено"},
    "effective_on": {"kk": "Күшіне енуі", "ru": "Вступает в силу"},
    "how": {"kk": "Қалай қабылданған", "ru": "Как принята"},
    "accepted_at": {"kk": "Қабылданған уақыты", "ru": "Когда принята"},
    "changes": {"kk": "Өзгерістер", "ru": "Изменения"},
    "recipient": {"kk": "Алушы", "ru": "Получатель"},
    "transferred_on": {"kk": "Берілген күні", "ru": "Когда переданы"},
    "purpose": {"kk": "Мақсат", "ru": "Цель"},
    "data": {"kk": "Деректер", "ru": "Данные"},
    "type": {"kk": "Түрі", "ru": "Вид"},
    "name": {"kk": "Атауы", "ru": "Наименование"},
    "media_type": {"kk": "Файл түрі", "ru": "Тип файла"},
    "size": {"kk": "Көлемі, байт", "ru": "Размер, байт"},
    "country": {"kk": "Ел", "ru": "Страна"},
    "clause": {"kk": "Тармақ", "ru": "Пункт"},
    "due_on": {"kk": "Мерзімі", "ru": "Срок"},
}
# Long digests do not fit a column; they are in the machine-readable copy.
_NOT_PRINTED = {"id", "text_sha256"}


def answer_pages(
    *,
    operator: OperatorView,
    kind: RequestType,
    name: str | None,
    received_on: date,
    sources: Sequence[Mapping[str, str]],
    words: str | None,
    package: Mapping[str, Any] | None,  # Any: JSON values
) -> dict[str, Printed]:
    """Write the answer in both languages; ``package`` adds everything that is held of the person."""
    return {
        language: _page(
            "answer",
            language,
            operator,
            kind,
            name,
            [
                Paragraph(_OPENING[language].format(on=_day(received_on))),
                *([Paragraph(words)] if words else []),
                *_grounds(sources, language),
                *(_held(package, language) if package else []),
            ],
        )
        for language in LANGUAGES
    }


def refusal_pages(
    *,
    operator: OperatorView,
    kind: RequestType,
    name: str | None,
    received_on: date,
    reference: str,
    why: str,
    identified: bool,
) -> dict[str, Printed]:
    """Write a reasoned refusal in both languages; ``why`` is repeated in the words in which it was given."""
    return {
        language: _page(
            "refusal",
            language,
            operator,
            kind,
            name if identified else None,
            [
                Paragraph(_OPENING[language].format(on=_day(received_on))),
                *([] if identified else [Paragraph(_NOT_KNOWN[language])]),
                Heading(_GROUND[language]),
                Paragraph(reference),
                Heading(_WHY[language]),
                Paragraph(why),
            ],
        )
        for language in LANGUAGES
    }


def message_pages(*, operator: OperatorView, kind: RequestType, name: str | None, words: str) -> dict[str, Printed]:
    """Write a message about a request, in the words in which it was given."""
    return {language: _page("message", language, operator, kind, name, [Paragraph(words)]) for language in LANGUAGES}


def package_page(operator: OperatorView, package: Mapping[str, Any], language: str) -> Printed:  # Any: JSON values
    """Print everything that is held of a person, by itself."""
    _, *blocks = _held(package, language)
    return Printed(
        language, _HELD[language], blocks, ((_FROM[language], operator.name[language]),), operator.name[language]
    )


def _page(
    sort: str, language: str, operator: OperatorView, kind: RequestType, name: str | None, blocks: Sequence[Block]
) -> Printed:
    to = ((_TO[language], name),) if name else ()
    return Printed(
        language,
        _TITLE[sort][language].format(what=TYPES[kind][language]),
        (*blocks, Paragraph(_NEXT[language])),
        (*to, (_FROM[language], operator.name[language])),
        operator.name[language],
    )


def _grounds(sources: Sequence[Mapping[str, str]], language: str) -> list[Block]:
    if not sources:
        return []
    return [Heading(_GROUND[language]), Points([source[language] for source in sources])]


def _held(package: Mapping[str, Any], language: str) -> list[Block]:  # Any: JSON values
    blocks: list[Block] = [Heading(_HELD[language])]
    for key, titles in _KEYS.items():
        rows = package[key]
        blocks.append(Heading(titles[language]))
        if not rows:
            blocks.append(Paragraph(_NOTHING[language]))
            continue
        heads = [head for head in rows[0] if head not in _NOT_PRINTED]
        cells = [[_cell(row[head], language) for head in heads] for row in rows]
        blocks.append(Grid([_HEADS[head][language] for head in heads], cells))
    return [*blocks, *(block for system in package["systems"] for block in _system(system, language))]


def _system(system: Mapping[str, Any], language: str) -> list[Block]:  # Any: JSON values
    """Print what one of the operator's own systems handed out, a point a row; or why it did not."""
    blocks: list[Block] = [Heading(_SYSTEM[language].format(name=system["target"]))]
    if system["state"] == Collected.FAILED:
        return [*blocks, Paragraph(_UNREAD[language])]
    if system["state"] == Collected.BY_HAND:
        return [*blocks, Paragraph(_ASK_THERE[language])]
    for table in system["tables"]:
        rows = table["rows"]
        facts = {"table": table["table"], "held": table["held"], "shown": len(rows)}
        blocks.append(Paragraph(_TABLE[language].format(**facts)))
        blocks.append(Points(["; ".join(f"{name}: {_cell(row[name], language)}" for name in row) for row in rows]))
    return blocks if system["tables"] else [*blocks, Paragraph(_NOTHING[language])]


def _cell(value: Any, language: str) -> str:  # Any: a JSON value
    if isinstance(value, dict):
        return str(value.get(language, ", ".join(f"{key}: {item}" for key, item in value.items())))
    if isinstance(value, list | tuple):
        return ", ".join(_cell(item, language) for item in value)
    return "–" if value is None else str(value)


def _day(day: date) -> str:
    return day.strftime("%d.%m.%Y")
