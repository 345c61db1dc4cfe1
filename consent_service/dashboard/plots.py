"""Where things stand in a drawing: bars over time, and bars of one thing beside another.  Pure.

Places along the width are percent and heights are pixels, so that a drawing fills whatever width it has and its words
keep their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

TOP, BASE, HEIGHT = 18, 98, 116  # of a strip: room for a number above the bars, their foot, room for labels below
FEW = 12  # bars that each have room for their number and their label
LABELLED_EVERY = 7
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a strip, with the number above it and the label below, where there is room for them."""

    left: str
    width: str
    middle: str
    top: int
    height: int
    number: str
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The bars of one line over time; ``highest`` is the number at which the upper rule stands."""

    bars: Sequence[Bar]
    highest: int
    total: int


def strip(labels: Sequence[str], numbers: Sequence[int]) -> Strip:
    """Lay out a line over time.

    >>> drawn = strip(["01.26", "02.26"], [0, 7])
    >>> drawn.highest, [(bar.left, bar.top, bar.height, bar.number) for bar in drawn.bars]
    (10, [('8.00%', 98, 0, '0'), ('58.00%', 42, 56, '7')])
    """
    highest, room = _rounded_up(max(numbers, default=0)), 100 / max(1, len(numbers))
    most = max(numbers, default=0)
    bars = []
    for place, (label, number) in enumerate(zip(labels, numbers, strict=True)):
        height = max(1, round((BASE - TOP) * number / highest)) if number else 0
        is_few, is_last = len(numbers) <= FEW, place == len(numbers) - 1
        is_named = is_few or is_last or (place % LABELLED_EVERY == 0 and len(numbers) - place > LABELLED_EVERY // 2)
        is_first_of_most = number == most and numbers.index(number) == place
        bars.append(
            Bar(
                left=_percent(room * (place + 0.16)),
                width=_percent(room * 0.68),
                middle=_percent(room * (place + 0.5)),
                top=BASE - height,
                height=height,
                number=str(number) if is_few or (most and is_first_of_most) else "",
                label=label if is_named else "",
                anchor="middle" if is_few else _anchor(place, len(numbers)),
            )
        )
    return Strip(bars, highest, sum(numbers))


def shares(numbers: Sequence[int]) -> list[str]:
    """Return how long each of some bars is that are compared with each other.

    >>> shares([4, 1, 0]), shares([0])
    (['100.00%', '25.00%', '0.00%'], ['0.00%'])
    """
    most = max(numbers, default=0)
    return [_percent(100 * number / most if most else 0) for number in numbers]


def _rounded_up(number: int) -> int:
    """Return the next number that reads well: 1, 2 or 5 with zeros.

    >>> [_rounded_up(number) for number in (0, 1, 3, 11, 50, 51)]
    [1, 1, 5, 20, 50, 100]
    """
    power = 1
    while power * 10 < number:
        power *= 10
    return next(step * power for step in _STEPS if step * power >= number)


def _anchor(place: int, many: int) -> str:
    """Return by which end a label hangs, so that the first and the last stay inside."""
    return "start" if place == 0 else "end" if place == many - 1 else "middle"


def _percent(number: float) -> str:
    return f"{number:.2f}%"
