"""Kazakh, Russian and English: which one a page speaks, and how it writes days."""

from collections.abc import Mapping
from datetime import date, datetime

from flask import Flask, redirect, request
from flask_babel import Babel, get_locale, gettext, ngettext
from werkzeug.wrappers import Response

from consent_service.deadlines.rules import ALMATY, almaty_day, moment_before
from consent_service.pages.addresses import safe_next
from consent_service.pages.blueprint import pages
from consent_service.services import services
from consent_service.subjects.queries import masked

LANGUAGES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}
COOKIE = "kelisim-language"
ONE_YEAR = 365 * 24 * 3600


def init(app: Flask) -> None:
    """Give pages their language."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "pages/translations"
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    Babel(app, locale_selector=_choose)
    app.jinja_env.globals |= {"languages": LANGUAGES, "language": language}
    app.jinja_env.filters |= {
        "day": day,
        "said": said,
        "almaty_day": almaty_day,
        "almaty_time": almaty_time,
        "almaty_last_day": lambda instant: almaty_day(moment_before(instant)),
        "iso_day": date.fromisoformat,
        "masked": masked,
    }


def language() -> str:
    """Return the language of the page that is being made."""
    return str(get_locale() or "kk")


def day(value: date) -> str:
    """Write a day as tables have it."""
    return value.strftime("%d.%m.%Y")


def almaty_time(instant: datetime) -> str:
    """Write an instant as Almaty's clocks had it."""
    return instant.astimezone(ALMATY).strftime("%d.%m.%Y %H:%M")


def said(words: Mapping[str, str]) -> str:
    """Choose the words of the page's language."""
    return words[language()]


def days_left(working_days: int, *, is_today: bool) -> str:
    """Say how many working days are left, or that it is today."""
    if is_today:
        return str(gettext("due today"))
    if working_days == 0:
        return str(gettext("no working day left"))
    return str(ngettext("%(num)s working day left", "%(num)s working days left", working_days))


def days_late(days: int) -> str:
    """Say by how many days something is late."""
    return str(ngettext("late by %(num)s day", "late by %(num)s days", days))


@pages.get("/language/<code>")
def choose_language(code: str) -> Response:
    """Keep the language that was chosen, and go back."""
    answer = redirect(safe_next(request.args.get("next")))
    if code in LANGUAGES:
        answer.set_cookie(
            COOKIE, code, max_age=ONE_YEAR, samesite="Lax", httponly=True, secure=services().settings.is_https
        )
    return answer


def _choose() -> str:
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES), default="kk") or "kk"
