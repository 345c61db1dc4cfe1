"""The words of the demo's story, in Kazakh, Russian and English."""

from collections.abc import Mapping, Sequence
from enum import StrEnum


class Line(StrEnum):
    """A line of the story."""

    OPERATOR = "operator"
    SHOWN = "shown"
    IMPLIED = "implied"
    GIVEN = "given"
    ALLOWED = "allowed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    WITHDRAWN_NOW = "withdrawn_now"
    RULE = "rule"
    DUTY = "duty"
    SIGNED_IN = "signed_in"
    WITHDRAWN_AGAIN = "withdrawn_again"
    DAY = "day"
    ERASED = "erased"
    PROOF = "proof"
    NOBODY = "nobody"
    RESULT = "result"


WORDS: Mapping[str, Mapping[Line, str]] = {
    "en": {
        Line.OPERATOR: "\n=== {slug} – {name} · {document}, version {version} ({kind}, sha256 {digest}…)",
        Line.SHOWN: "{on}  A person is shown the text in Kazakh and answers: {purpose}.",
        Line.IMPLIED: "{on}  By the {clause} use alone counts; recorded so, it is implied only. May we? {allowed}.",
        Line.GIVEN: "{on}  The person ticks the box: consent {state}, evidence {grade}.",
        Line.ALLOWED: "{on}  May we? Yes ({reason}){until}.",
        Line.REFUSED: "{on}  May we? No ({reason}).",
        Line.WITHDRAWN: "{on}  The person withdraws by {channel}: {state}; counts from the end of {effective}.",
        Line.WITHDRAWN_NOW: "{on}  The person withdraws by {channel}: {state} from its receipt.",
        Line.WITHDRAWN_AGAIN: "{on}  The person withdraws once more, for good.",
        Line.RULE: "            {words} [{clause}]",
        Line.DUTY: "            owed by {due}: {action}, {period}, {source}{marks}",
        Line.SIGNED_IN: "{on}  The person signs in: the withdrawal is taken back by {clause}; state {state}.",
        Line.DAY: "{on}  The day has come; the worker runs.",
        Line.ERASED: "{on}  Withdrawal {state}, erasure {erasure}: {deleted} personal rows deleted, read back {left}.",
        Line.NOBODY: "{on}  Searching by the e-mail address finds: {found}.",
        Line.PROOF: "{on}  The proof without the person is still there: consent {state}, text {digest}….",
        Line.RESULT: "\n{operators} operators, {steps} answers of the API, every erasure read back.",
    },
    "ru": {
        Line.OPERATOR: "\n=== {slug} – {name} · {document}, редакция {version} ({kind}, sha256 {digest}…)",
        Line.SHOWN: "{on}  Человеку показан текст на казахском; вопрос: {purpose}.",
        Line.IMPLIED: "{on}  По тексту ({clause}) достаточно пользования; это лишь подразумевается. Можно? {allowed}.",
        Line.GIVEN: "{on}  Человек ставит отметку: согласие {state}, доказательство {grade}.",
        Line.ALLOWED: "{on}  Можно? Да ({reason}){until}.",
        Line.REFUSED: "{on}  Можно? Нет ({reason}).",
        Line.WITHDRAWN: "{on}  Отзыв, способ {channel}: {state}; действует с конца {effective}.",
        Line.WITHDRAWN_NOW: "{on}  Отзыв, способ {channel}: {state} с момента получения.",
        Line.WITHDRAWN_AGAIN: "{on}  Человек отзывает согласие ещё раз, окончательно.",
        Line.RULE: "            {words} [{clause}]",
        Line.DUTY: "            до {due}: {action}, {period}, {source}{marks}",
        Line.SIGNED_IN: "{on}  Человек входит: отзыв отменён ({clause}); состояние {state}.",
        Line.DAY: "{on}  День настал; работает обработчик.",
        Line.ERASED: "{on}  Отзыв {state}, уничтожение {erasure}: строк удалено {deleted}, осталось {left}.",
        Line.NOBODY: "{on}  Поиск по адресу почты находит: {found}.",
        Line.PROOF: "{on}  Доказательство без человека осталось: согласие {state}, текст {digest}….",
        Line.RESULT: "\nОператоров: {operators}, ответов API: {steps}, каждое уничтожение проверено чтением.",
    },
    "kk": {
        Line.OPERATOR: "\n=== {slug} – {name} · {document}, редакция {version} ({kind}, sha256 {digest}…)",
        Line.SHOWN: "{on}  Адамға мәтін қазақ тілінде көрсетілді; сұрақ: {purpose}.",
        Line.IMPLIED: "{on}  Мәтін бойынша ({clause}) пайдалану жеткілікті; бұл тек үнсіз келісім. Бола ма? {allowed}.",
        Line.GIVEN: "{on}  Адам белгі қояды: келісім {state}, дәлел {grade}.",
        Line.ALLOWED: "{on}  Бола ма? Иә ({reason}){until}.",
        Line.REFUSED: "{on}  Бола ма? Жоқ ({reason}).",
        Line.WITHDRAWN: "{on}  Кері қайтарып алу, тәсілі {channel}: {state}; {effective} күні аяқталғаннан бастап.",
        Line.WITHDRAWN_NOW: "{on}  Кері қайтарып алу, тәсілі {channel}: {state}, алынған сәттен бастап.",
        Line.WITHDRAWN_AGAIN: "{on}  Адам келісімін қайта, біржола кері қайтарып алады.",
        Line.RULE: "            {words} [{clause}]",
        Line.DUTY: "            {due} дейін: {action}, {period}, {source}{marks}",
        Line.SIGNED_IN: "{on}  Адам кіреді: өтініш кері алынды ({clause}); күйі {state}.",
        Line.DAY: "{on}  Күні келді; өңдеуші жұмыс істейді.",
        Line.ERASED: "{on}  Кері қайтарып алу {state}, жою {erasure}: жойылған жолдар {deleted}, қалғаны {left}.",
        Line.NOBODY: "{on}  Пошта мекенжайы бойынша іздеу нәтижесі: {found}.",
        Line.PROOF: "{on}  Адамсыз дәлел сақталды: келісім {state}, мәтін {digest}….",
        Line.RESULT: "\nОператорлар: {operators}, API жауаптары: {steps}; әр жою оқып тексерілді.",
    },
}
UNTIL = {"en": ", until the end of {on}", "ru": ", до конца {on}", "kk": ", {on} күні аяқталғанша"}
BINDING = {"en": " (binding)", "ru": " (обязывает)", "kk": " (міндеттейді)"}
NOT_SETTLED = {"en": " (not settled)", "ru": " (не установлено точно)", "kk": " (нақтыланбаған)"}
PROVISIONAL = {"en": " (provisional)", "ru": " (предварительно)", "kk": " (алдын ала)"}
NO_CLAUSE = {"en": "the text is silent", "ru": "текст молчит", "kk": "мәтінде айтылмаған"}
CLAUSE = {"en": "clause {clause}", "ru": "пункт {clause}", "kk": "{clause}-тармақ"}
PREAMBLE = {"en": "preamble", "ru": "преамбула", "kk": "кіріспе"}
YES_NO = {"en": ("no", "yes"), "ru": ("нет", "да"), "kk": ("жоқ", "иә")}
NOBODY = {"en": "nobody", "ru": "никого", "kk": "ешкім"}
# Codes of the API in words.
CODES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "restatement": "our restatement",
        "published": "the operator's own text",
        "site_attested": "attested by the site",
        "registered_mail": "registered mail",
        "stop_or_refuse": "stop or refuse",
        "destroy": "destroy the data",
        "withdrawal_takes_effect": "the withdrawal takes effect later",
        "implied_is_not_consent": "implied is no consent",
        "never_asked": "the person has been erased, nobody is known under the reference",
    },
    "ru": {
        "restatement": "наше изложение",
        "published": "собственный текст оператора",
        "site_attested": "подтверждает сайт",
        "registered_mail": "заказное письмо",
        "stop_or_refuse": "прекратить или отказать",
        "destroy": "уничтожить данные",
        "withdrawal_takes_effect": "отзыв вступит в силу позже",
        "implied_is_not_consent": "подразумеваемое – не согласие",
        "never_asked": "человек стёрт, под этой ссылкой никто не известен",
        "active": "действует",
        "withdrawn": "отозвано",
        "scheduled": "запланирован",
        "effective": "вступил в силу",
        "closed": "закрыт",
        "cancelled": "отменён",
        "done": "выполнено",
        "expired": "истекло",
        "superseded": "заменено",
        "implied": "подразумевается",
    },
    "kk": {
        "restatement": "біздің мазмұндама",
        "published": "оператордың өз мәтіні",
        "site_attested": "сайт растайды",
        "registered_mail": "тапсырыс хат",
        "stop_or_refuse": "тоқтату немесе бас тарту",
        "destroy": "деректерді жою",
        "withdrawal_takes_effect": "кері қайтарып алу кейін күшіне енеді",
        "implied_is_not_consent": "үнсіз келісім – келісім емес",
        "never_asked": "адам жойылды, бұл сілтеме бойынша ешкім белгісіз",
        "active": "қолданыста",
        "withdrawn": "кері қайтарып алынды",
        "scheduled": "жоспарланды",
        "effective": "күшіне енді",
        "closed": "жабылды",
        "cancelled": "күші жойылды",
        "done": "орындалды",
        "expired": "мерзімі өтті",
        "superseded": "ауыстырылды",
        "implied": "үнсіз",
    },
}


def in_words(code: str, language: str) -> str:
    """Say a code of the API in words; one that is a word already stays."""
    return CODES[language].get(code, code.replace("_", " "))


def cited(clause: str | Sequence[str], language: str) -> str:
    """Cite clauses of a document, or articles of the law, as a reader expects it."""
    clauses = [clause] if isinstance(clause, str) else list(clause)
    if not clauses:
        return NO_CLAUSE[language]
    words = ", ".join(PREAMBLE[language] if one == "preamble" else one for one in clauses)
    if clauses == ["preamble"] or clauses[0].startswith("94-V"):
        return words
    return CLAUSE[language].format(clause=words)
