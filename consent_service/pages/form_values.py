"""Reading a form: bounded text, days, ticks and lists; what cannot be taken is gathered by field."""

import re
from datetime import date

from flask import request
from flask_babel import gettext

MOST = 100_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class FormValues:
    """The values of the form that was sent; ``wrong`` holds, by field, what is said to whoever sent it."""

    def __init__(self) -> None:
        self.wrong: dict[str, list[str]] = {}

    def text(self, name: str, *, most: int = 200) -> str | None:
        """Return the text of a field without its margins; None where it is empty."""
        value = _CONTROL.sub("", request.form.get(name, "").replace("\r\n", "\n")).strip()
        if len(value) > most:
            self.refuse(name, gettext("Write at most %(most)s characters.", most=most))
        return value or None

    def needed(self, name: str, *, most: int = 200) -> str:
        """Return the text of a field that may not be empty."""
        value = self.text(name, most=most)
        if value is None:
            self.refuse(name, gettext("Fill in this field."))
        return value or ""

    def day(self, name: str) -> date | None:
        """Return the day of a field; None where it is empty."""
        value = self.text(name)
        try:
            return None if value is None else date.fromisoformat(value)
        except ValueError:
            self.refuse(name, gettext("Write a day, such as 2026-11-23."))
            return None

    def needed_day(self, name: str) -> date:
        """Return the day of a field that may not be empty."""
        found = self.day(name)
        if found is None and name not in self.wrong:
            self.refuse(name, gettext("Fill in this field."))
        return found or date.min

    def number(self, name: str) -> int | None:
        """Return the whole number of a field; None where it is empty."""
        value = self.text(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and 0 < int(value[:12]) <= MOST):
            self.refuse(name, gettext("Write a whole number."))
            return None
        return int(value)

    def ticked(self, name: str) -> bool:
        """Say whether a box is ticked."""
        return name in request.form

    def several(self, name: str) -> list[str]:
        """Return what is ticked of several boxes of one name."""
        return [value[:200] for value in request.form.getlist(name)[:200]]

    def lines(self, name: str, *, most: int = 20_000) -> list[str]:
        """Return the lines of a field that are not empty."""
        return [line.strip() for line in (self.text(name, most=most) or "").splitlines() if line.strip()]

    def refuse(self, name: str, words: str) -> None:
        """Say of a field what cannot be taken."""
        self.wrong.setdefault(name, []).append(words)
