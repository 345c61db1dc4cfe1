"""The words of reminders, digests and calendar entries, in Kazakh, Russian and English."""

from collections.abc import Mapping

from consent_service.reminders.states import ReminderKind

REMINDER, DIGEST = "duty_reminder", "duty_digest"
Words = Mapping[str, str]
SUBJECT: Mapping[ReminderKind, Words] = {
    ReminderKind.BEFORE: {
        "kk": "Мерзімі жақын: {count}, ең жақыны {first} – {operator}",
        "ru": "Скоро срок: {count}, ближайший {first} – {operator}",
        "en": "Due soon: {count}, the first on {first} – {operator}",
    },
    ReminderKind.TODAY: {
        "kk": "Мерзімі бүгін, {on}: {count} – {operator}",
        "ru": "Срок сегодня, {on}: {count} – {operator}",
        "en": "Due today, {on}: {count} – {operator}",
    },
    ReminderKind.LATE: {
        "kk": "КЕШІКТІ: {count}, ең ұзағы – {late} – {operator}",
        "ru": "ПРОСРОЧЕНО: {count}, дольше всего – {late} – {operator}",
        "en": "LATE: {count}, the longest by {late} – {operator}",
    },
}
OPENING: Mapping[ReminderKind, Words] = {
    ReminderKind.BEFORE: {
        "kk": "Төмендегі міндеттердің мерзімі жақындап қалды.",
        "ru": "Приближается срок следующих обязанностей.",
        "en": "These duties are due soon.",
    },
    ReminderKind.TODAY: {
        "kk": "Төмендегі міндеттерді бүгін орындау керек.",
        "ru": "Следующие обязанности нужно исполнить сегодня.",
        "en": "These duties are to be met today.",
    },
    ReminderKind.LATE: {
        "kk": "Төмендегі міндеттердің мерзімі өтіп кетті. Олар орындалғанша хат әр жұмыс күні келеді.",
        "ru": "Срок следующих обязанностей истёк. Пока они не исполнены, письмо приходит каждый рабочий день.",
        "en": "These duties are late. Until they are met, this message comes every working day.",
    },
}
DIGEST_SUBJECT: Words = {
    "kk": "{on} шолуы: кешіккені {late}, бүгін {today}, осы аптада {week} – {operator}",
    "ru": "Сводка на {on}: просрочено {late}, сегодня {today}, на этой неделе {week} – {operator}",
    "en": "Digest of {on}: {late} late, {today} due today, {week} this week – {operator}",
}
DIGEST_OPENING: Words = {
    "kk": (
        "Кешіккені: {late}\nМерзімі бүгін: {today}\nОсы аптаның соңына дейін: {week}\n"
        "{since} шолуынан бері қосылғаны: {new}"
    ),
    "ru": ("Просрочено: {late}\nСрок сегодня: {today}\nДо конца этой недели: {week}\nНовых со сводки {since}: {new}"),
    "en": "Late: {late}\nDue today: {today}\nTo the end of this week: {week}\nNew since the digest of {since}: {new}",
}
LATE: Words = {"kk": "кешікті: {late}", "ru": "просрочено: {late}", "en": "late: {late}"}
UNSETTLED: Words = {"kk": "нақтыланбаған", "ru": "точно не установлено", "en": "not settled"}
PROVISIONAL: Words = {
    "kk": "алдын ала: күнтізбе әлі жарияланған жоқ",
    "ru": "предварительно: календарь ещё не опубликован",
    "en": "provisional: the calendar is not published yet",
}
MORE: Words = {
    "kk": "Тағы {more}: {link}",
    "ru": "И ещё {more}: {link}",
    "en": "And {more} more: {link}",
}
FOOT: Words = {
    "kk": "Бұл хатта адамдар туралы дерек жоқ. Қандай хат келетінін мына жерде таңдайсыз: {link}",
    "ru": "В этом письме нет данных о людях. Какие письма приходят, выбирается здесь: {link}",
    "en": "Nothing in this message is about a person. Choose which messages you get: {link}",
}
CALENDAR: Words = {
    "kk": "Міндеттер – {operator}",
    "ru": "Обязанности – {operator}",
    "en": "Duties – {operator}",
}
LATE_ENTRY: Words = {"kk": "Кешікті: {name}", "ru": "Просрочено: {name}", "en": "Late: {name}"}
