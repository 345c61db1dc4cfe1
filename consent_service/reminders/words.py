"""The words of reminders, digests and calendar entries, in Kazakh, Russian and English."""

from collections.abc import Mapping

from consent_service.reminders.states import ReminderKind

REMINDER, DIGEST = "duty_reminder", "duty_digest"
SUBJECT: Mapping[ReminderKind, Mapping[str, str]] = {
    ReminderKind.BEFORE: {
        "kk": "Мерзімі жақындаған міндеттер: {count}",
        "ru": "Приближается срок обязанностей: {count}",
        "en": "Duties due soon: {count}",
    },
    ReminderKind.TODAY: {
        "kk": "Бүгін мерзімі келетін міндеттер: {count}",
        "ru": "Срок сегодня: {count}",
        "en": "Duties due today: {count}",
    },
    ReminderKind.LATE: {
        "kk": "МЕРЗІМІ ӨТТІ: {count}, ең ескісі {days} күнге кешікті",
        "ru": "ПРОСРОЧЕНО: {count}, самое старое на {days} дн.",
        "en": "LATE: {count}, the oldest by {days} days",
    },
    ReminderKind.DIGEST: {
        "kk": "Бүгінгі жағдай: {late} кешікті, {today} бүгін, {soon} жақында",
        "ru": "Сводка дня: просрочено {late}, сегодня {today}, скоро {soon}",
        "en": "Today: {late} late, {today} due today, {soon} due soon",
    },
}
OPENING = {
    "kk": "{operator} бойынша міндеттер:\n",
    "ru": "Обязанности {operator}:\n",
    "en": "Duties of {operator}:\n",
}
LINE = {
    "kk": "{due_on} – {name} ({source}){mark}\n  {link}",
    "ru": "{due_on} – {name} ({source}){mark}\n  {link}",
    "en": "{due_on} – {name} ({source}){mark}\n  {link}",
}
UNSETTLED = {"kk": " [нақтыланбаған]", "ru": " [не уточнено]", "en": " [not settled]"}
MORE = {
    "kk": "\nТағы {more} міндет: {link}",
    "ru": "\nИ ещё {more}: {link}",
    "en": "\nAnd {more} more: {link}",
}
NOTHING = {
    "kk": "Мерзімі келетін міндет жоқ.",
    "ru": "Обязанностей со сроком нет.",
    "en": "Nothing is due.",
}
FOOT = {
    "kk": "\n\nХат мөлшері мен түрлері: {link}",
    "ru": "\n\nКакие письма приходят, настраивается здесь: {link}",
    "en": "\n\nChoose which of these messages you get: {link}",
}
CALENDAR = {
    "kk": "Kelisim: міндеттер, {operator}",
    "ru": "Kelisim: обязанности, {operator}",
    "en": "Kelisim: duties, {operator}",
}
