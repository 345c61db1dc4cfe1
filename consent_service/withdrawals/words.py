"""Why a withdrawal has the days it has, in Kazakh, Russian and English."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum


class Why(StrEnum):
    """A reason shown beside a date."""

    AT_RECEIPT = "at_receipt"
    AFTER_RECEIPT = "after_receipt"
    WANTED_LATER = "wanted_later"
    RAISED = "raised"
    SENT_BEFORE = "sent_before"
    TAKE_BACK = "take_back"
    ERASE_POLICY = "erase_policy"
    ERASE_LAW = "erase_law"
    ERASE_SCHEDULE = "erase_schedule"
    AGREEMENT_ENDS = "agreement_ends"
    ENDS_AT_RECEIPT = "ends_at_receipt"
    ENDS_AFTER_NOTICE = "ends_after_notice"
    GROUND_UNCLEAR = "ground_unclear"
    CONFIDENTIAL = "confidential"
    SIGN_IN_TOOK_BACK = "sign_in_took_back"
    ASK_AGAIN = "ask_again"
    BARRED = "barred"
    RESUMED = "resumed"


_WORDS: Mapping[Why, Mapping[str, str]] = {
    Why.AT_RECEIPT: {
        "kk": "Өңдеу өтініш алынған сәттен бастап тоқтатылады.",
        "ru": "Обработка прекращается с момента получения отзыва.",
        "en": "Processing stops when the withdrawal is received.",
    },
    Why.AFTER_RECEIPT: {
        "kk": "Мерзім: {period}, өтініш алынған күннің ертеңінен бастап. Келісім {on} күні аяқталғанша қолданылады.",
        "ru": "Срок: {period}, со дня после получения. Согласие действует до конца {on}.",
        "en": "Period: {period}, from the day after receipt. The consent holds to the end of {on}.",
    },
    Why.WANTED_LATER: {
        "kk": "Адам кейінгі күнді сұрады: {on}. Ол ескерілді.",
        "ru": "Человек попросил более поздний день: {on}. Он учтён.",
        "en": "The person asked for a later day, {on}: it is honoured.",
    },
    Why.RAISED: {
        "kk": "Сұралған күн ({wanted}) тым ерте; ең ерте күн – {on}. Бұл бас тартуға негіз емес.",
        "ru": "Желаемый день ({wanted}) слишком ранний; самый ранний день – {on}. Это не основание для отказа.",
        "en": "The wanted day ({wanted}) is too early; the earliest is {on}. That is no ground to refuse.",
    },
    Why.SENT_BEFORE: {
        "kk": "Өтініш қалаған күннен кемінде {period} бұрын жіберіледі; жіберілген және алынған күндер сақталады.",
        "ru": "Заявление направляют не позднее чем за {period} до желаемого дня; хранятся оба дня.",
        "en": "The application is sent at least {period} before the wanted day; both days are kept.",
    },
    Why.TAKE_BACK: {
        "kk": "{on} күніне дейін адам өтінішін кері ала алады.",
        "ru": "До {on} человек может передумать и вернуть согласие.",
        "en": "Until {on} the person may take the withdrawal back.",
    },
    Why.ERASE_POLICY: {
        "kk": "Деректер {on} күнінен кешіктірілмей жойылады (мерзім: {period}).",
        "ru": "Данные уничтожаются не позднее {on} (срок: {period}).",
        "en": "The data are destroyed by {on} at the latest (period: {period}).",
    },
    Why.ERASE_LAW: {
        "kk": "Құжатта жою мерзімі жоқ; заңның 18-бабы қолданылады: {on} күніне дейін (мерзім: {period}).",
        "ru": "Документ молчит об уничтожении; действует статья 18 закона: до {on} (срок: {period}).",
        "en": "The document is silent on erasing; article 18 of the law applies: by {on} (period: {period}).",
    },
    Why.ERASE_SCHEDULE: {
        "kk": "Оператордың өз сақтау кестесі қысқарақ: деректер {on} күнінен кешіктірілмей жойылады ({period}).",
        "ru": "Собственный график хранения оператора короче: данные уничтожаются не позднее {on} ({period}).",
        "en": "The operator's own storage schedule is shorter: the data are destroyed by {on} ({period}).",
    },
    Why.AGREEMENT_ENDS: {
        "kk": "Келісімді кері қайтарып алу шартты тоқтата тұрады немесе тоқтатады.",
        "ru": "Отзыв согласия приостанавливает или прекращает соглашение.",
        "en": "Withdrawing suspends or ends the agreement.",
    },
    Why.ENDS_AT_RECEIPT: {
        "kk": "Шарт хабарлама алынған сәттен бастап тоқтатылады.",
        "ru": "Договор прекращается с момента получения уведомления.",
        "en": "The agreement ends when the notice is received.",
    },
    Why.ENDS_AFTER_NOTICE: {
        "kk": "Хабарлама мерзімі: {period}. Шарт {on} аяқталғанша қолданылады.",
        "ru": "Срок уведомления: {period}. Договор действует до конца {on}.",
        "en": "Period of notice: {period}. The agreement holds to the end of {on}.",
    },
    Why.GROUND_UNCLEAR: {
        "kk": "Негізді айтатын сөйлем түсініксіз басылған: бұл шешілмеген мәселе.",
        "ru": "Предложение об основании напечатано непонятно: вопрос не решён.",
        "en": "The sentence that names the ground is garbled in print: this is not settled.",
    },
    Why.CONFIDENTIAL: {
        "kk": "Құпиялылық міндеті шарт аяқталғаннан кейін тағы {period} сақталады.",
        "ru": "Обязанность хранить тайну действует после окончания ещё {period}.",
        "en": "The duty of confidentiality lasts {period} more after the end.",
    },
    Why.SIGN_IN_TOOK_BACK: {
        "kk": "Өтініш жүйеге кіру арқылы кері алынды: бұл үнсіз келісім, дәлелі әлсіз. Келісімді қайта сұраған дұрыс.",
        "ru": "Отзыв снят простым входом: это подразумеваемое согласие, доказательство слабое. Лучше спросить заново.",
        "en": "Taken back by a mere sign-in: that is implied consent and weak proof. It is better to ask again.",
    },
    Why.ASK_AGAIN: {
        "kk": "Жою тоқтатылды, бірақ келісімді қажет ететін мақсаттар қайта сұралғанша тоқтап тұрады.",
        "ru": "Уничтожение отменено, но цели, для которых нужно согласие, стоят, пока его не спросят заново.",
        "en": "The erasure is off, but purposes that need consent stay stopped until the person is asked again.",
    },
    Why.BARRED: {
        "kk": "Келісімді кері қайтарып алудан бас тартылды: {period}.",
        "ru": "В отзыве отказано: {period}.",
        "en": "The withdrawal was refused: {period}.",
    },
    Why.RESUMED: {
        "kk": "Кедергі {on} күні жойылды; келісімді кері қайтарып алу жалғасады.",
        "ru": "Препятствие отпало {on}; отзыв возобновлён.",
        "en": "The bar fell away on {on}; the withdrawal goes on.",
    },
}


def reason(
    why: Why,
    clause: Sequence[str],
    *,
    on: date | None = None,
    wanted: date | None = None,
    period: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return a reason as stored: code, clauses, and words in three languages."""
    words = {
        language: template.format(
            on=on.strftime("%d.%m.%Y") if on else "",
            wanted=wanted.strftime("%d.%m.%Y") if wanted else "",
            period=(period or {}).get(language, ""),
        )
        for language, template in _WORDS[why].items()
    }
    return {"code": str(why), "clause": list(clause), **words}
