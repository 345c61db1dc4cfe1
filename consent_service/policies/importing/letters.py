"""Letters at a list position: Cyrillic ones that look Latin, or stand for their place."""

LOOKALIKES = {"а": "a", "с": "c", "б": "b", "в": "c", "г": "d"}
