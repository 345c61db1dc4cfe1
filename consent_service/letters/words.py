"""What every letter carries: its number and its date, in the language of the page."""

from dataclasses import replace
from datetime import date

from consent_service.printing.document import Printed

_NUMBER = {"kk": "Нөмірі", "ru": "Номер", "en": "Number"}
_DATE = {"kk": "Күні", "ru": "Дата", "en": "Date"}


def numbered(page: Printed, number: str, on: date) -> Printed:
    """Return a page with the number and the date of its letter above its other facts."""
    head = ((_NUMBER[page.language], number), (_DATE[page.language], on.strftime("%d.%m.%Y")))
    return replace(page, facts=(*head, *page.facts))
