"""Letters at a list position: Cyrillic ones that look Latin or stand for their place, and the sign that was (c)."""

_LOOKALIKES = {"а": "a", "с": "c", "б": "b", "в": "c", "г": "d", "©": "c"}


def read_letter(printed: str) -> str:
    """Return the Latin letter that was meant.

    >>> read_letter("б"), read_letter("©"), read_letter("e")
    ('b', 'c', 'e')
    """
    return _LOOKALIKES.get(printed, printed)
