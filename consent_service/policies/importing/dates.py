"""Dates as policies print them, in Kazakh, Russian, English and digits."""

import re
from datetime import date

_MONTHS = {
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "en": "january february march april may june july august september october november december",
}
_NUMBER_OF = {name: n for names in _MONTHS.values() for n, name in enumerate(names.split(), start=1)}
_NAMES = "|".join(_NUMBER_OF)
_YEAR_FIRST = re.compile(
    rf"(?P<y>\d{{4}})\s*(?:жылғы|жыл|ж\.)\s*[«\"]?(?P<d>\d{{1,2}})[»\"]?\s*(?P<m>{_NAMES})", re.IGNORECASE
)
_DAY_FIRST = re.compile(rf"[«\"]?(?P<d>\d{{1,2}})[»\"]?\s+(?P<m>{_NAMES})\s+(?P<y>\d{{4}})", re.IGNORECASE)
_DIGITS = re.compile(r"\b(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})\b")
_MONTH_FIRST = re.compile(rf"(?P<m>{_NAMES})\s+(?P<d>\d{{1,2}}),?\s+(?P<y>\d{{4}})", re.IGNORECASE)
_PATTERNS = (_YEAR_FIRST, _DAY_FIRST, _MONTH_FIRST, _DIGITS)


def find_date(text: str) -> date | None:
    """Return the first date printed in a short text; None where there is none.

    >>> find_date("2023 жылғы 7 маусым"), find_date("от 7 июня 2023 г."), find_date("clause 7")
    (datetime.date(2023, 6, 7), datetime.date(2023, 6, 7), None)
    """
    for pattern in _PATTERNS:
        match = pattern.search(text)
        if match:
            month = _NUMBER_OF.get(match["m"].lower()) or int(match["m"])
            try:
                return date(int(match["y"]), month, int(match["d"]))
            except ValueError:
                continue
    return None
