"""Numbers with their units as policies print them: in digits, in words or both, with case endings.

Kazakh puts the ending on the unit («10 күннен», «24 сағаттан»); the number may stand in words before it («үш жыл»), or
in words in brackets («30 (отыз) жұмыс күн»).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ONES = {
    "kk": "нөл бір екі үш төрт бес алты жеті сегіз тоғыз",
    "ru": "ноль один два три четыре пять шесть семь восемь девять",
    "en": "zero one two three four five six seven eight nine",
}
_TENS = {
    "kk": "он жиырма отыз қырық елу алпыс жетпіс сексен тоқсан",
    "ru": "десять двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
    "en": "ten twenty thirty forty fifty sixty seventy eighty ninety",
}
_TEENS = {
    "ru": "одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
    "en": "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
}
# Forms other than the dictionary's that stand before a unit.
_FORMS = {
    "ru": {"одного": 1, "одной": 1, "двух": 2, "две": 2, "трёх": 3, "трех": 3, "четырёх": 4, "четырех": 4, "пяти": 5,
           "шести": 6, "семи": 7, "восьми": 8, "девяти": 9, "десяти": 10, "двадцати": 20, "тридцати": 30},
    "kk": {"жүз": 100},
    "en": {"a": 1, "one": 1},
}  # fmt: skip
# A unit by the beginning of its words; what follows is a case ending.
_UNITS = (
    ("wd", r"жұмыс\s+күн\w*|рабоч\w+\s+(?:дн\w+|день)|(?:working|business)\s+days?", True),
    ("d", r"күнтізбелік\s+күн\w*|календарн\w+\s+(?:дн\w+|день)|calendar\s+days?", True),
    ("d", r"(?:күн(?!тізб)\w*|дн(?:я|ей|ям|ями|ях)|день|days?)(?!\w)", False),
    ("h", r"сағат\w*|час(?:а|ов|ам|ах)?(?!\w)|hours?", True),
    ("m", r"ай(?:дан|ға|да|дың|лық|ы)?(?!\w)|месяц\w*|months?", True),
    ("age", r"жас(?:қа|тан|та|тағы|қа\s+толмаған)?(?!\w)|years?\s+of\s+age", True),
    ("y", r"жыл(?!ғы)\w*|год(?:а|у|ом|ов)?(?!\w)|лет(?!\w)|years?(?!\s+of\s+age)", True),
    ("share", r"%", True),
    ("money", r"теңге\w*|тенге|АҚШ\s+доллар\w*|доллар\w*|US\s+dollars?|\$", True),
)
_UNIT = "|".join(f"(?P<u{place}>{words})" for place, (_, words, _) in enumerate(_UNITS))
_BEFORE_SIGN = re.compile(r"\$\s?(?P<value>\d{1,9})")
_CALENDAR_BEFORE = re.compile(r"(?:күнтізбелік|календарных|calendar)\s*$", re.IGNORECASE)
_AGE = re.compile(r"\b(?:under|over|aged?)\s+(?P<value>\d{1,2})\b(?!\s*(?:years?|days?|%))", re.IGNORECASE)
LONGEST = 3  # words of a number


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, and the words that say it.

    ``qualified`` is false where a day is printed without saying whether it is a calendar or a working day.
    """

    value: int
    unit: str
    words: str
    qualified: bool = True


def find_quantities(text: str, language: str) -> tuple[Quantity, ...]:
    """Return the numbers with units that a text says, in their order.

    >>> [(q.value, q.unit) for q in find_quantities("алған күннен бастап 10 күннен кейін, үш жыл", "kk")]
    [(10, 'd'), (3, 'y')]
    """
    return tuple(_found(text, language))


def _found(text: str, language: str) -> Iterator[Quantity]:
    words = _number_words(language)
    spoken = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    number = (
        r"(?:(?P<digits>\d{1,3}(?:[ \u00a0]\d{3})+|\d{1,9})(?:\s*\((?P<inner>[^()]{1,40})\))?"
        rf"|(?P<spoken>(?:{spoken})(?:[\s-]+(?:{spoken})){{0,{LONGEST - 1}}}))"
    )
    pattern = re.compile(rf"(?<![\w.,]){number}\s*-?\s*(?:{_UNIT})", re.IGNORECASE)
    for match in pattern.finditer(text):
        if match["digits"]:
            value: int | None = int(re.sub(r"\D", "", match["digits"]))
            inner = _value((match["inner"] or "").split(), words)
            if match["inner"] and inner is not None and inner != value:
                continue  # digits and words disagree: neither is said
        else:
            value = _value(re.split(r"[\s-]+", match["spoken"]), words)
        place = next(n for n in range(len(_UNITS)) if match[f"u{n}"])
        unit, _, qualified = _UNITS[place]
        if value is not None:
            named_before = _CALENDAR_BEFORE.search(text, 0, match.start()) is not None
            yield Quantity(value, unit, match[0], qualified or named_before)
    for match in _AGE.finditer(text):
        yield Quantity(int(match["value"]), "age", match[0])
    for match in _BEFORE_SIGN.finditer(text):
        yield Quantity(int(match["value"]), "money", match[0])


def _number_words(language: str) -> dict[str, int]:
    words = {word: n for n, word in enumerate(_ONES[language].split())}
    words |= {word: 10 * n for n, word in enumerate(_TENS[language].split(), start=1)}
    words |= {word: n for n, word in enumerate(_TEENS.get(language, "").split(), start=11)}
    return words | _FORMS[language]


def _value(spoken: list[str], words: dict[str, int]) -> int | None:
    """Add up the words of a number: «отыз бір» is 31; None when a word is no number."""
    values = [words.get(word.lower()) for word in spoken]
    if not values or None in values:
        return None
    return sum(value for value in values if value is not None)
