"""What is counted as erased, whatever crashes; and the machine of an order."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_service.erasure.rules import LONGEST_PAUSE, added, in_all, less, missing, not_told_again, pause
from consent_service.erasure.states import MOVES, OPEN, OrderState

TABLES = ("orders", "letters", "calls")
ROWS = st.fixed_dictionaries({table: st.integers(0, 50) for table in TABLES})
# One try: how much of what is there it takes away, and whether its word of that comes back.
TRIES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=6)


@given(ROWS, TRIES, st.booleans())
def test_the_counts_are_those_of_what_is_gone_however_many_tries_left_no_word(
    rows: Mapping[str, int], tries: list[tuple[float, bool]], tells_all: bool
) -> None:
    there, erased, lost, before = dict(rows), dict[str, int](), dict[str, int](), None
    for n, (part, told) in enumerate([*tries, (1.0, True)]):
        lost = lost if before is None else added(lost, missing(before, there))
        before = dict(there)
        gone = {table: int(count * part) for table, count in there.items()}
        there = {table: count - gone[table] for table, count in there.items()}
        if not told:
            continue
        # Whoever confirms may tell once more what earlier answers, which never arrived, had told.
        once_more = lost if tells_all and n == len(tries) else {}
        reported = {f"{table}: delete": gone[table] + once_more.get(table, 0) for table in TABLES}
        lost = not_told_again(lost, reported, before)
        erased, before = added(erased, reported), None

    assert in_all(erased, lost) == {f"{table}: delete": rows[table] for table in TABLES}


@given(ROWS, ROWS)
def test_what_appears_meanwhile_is_not_counted_as_gone(before: Mapping[str, int], now: Mapping[str, int]) -> None:
    gone = missing(before, now)

    assert all(0 < count <= before[table] for table, count in gone.items())
    assert less(before, {table: 2 * count for table, count in before.items()}) == dict.fromkeys(before, 0)


@given(st.integers(1, 10_000))
def test_pauses_grow_and_stay_below_their_limit(attempts: int) -> None:
    assert pause(attempts, LONGEST_PAUSE) <= pause(attempts + 1, LONGEST_PAUSE) <= LONGEST_PAUSE


@pytest.mark.parametrize("state", sorted(OPEN))
def test_every_open_state_of_an_order_leads_to_its_end(state: OrderState) -> None:
    reached = {state}
    while True:
        more = {after for one in reached for after in MOVES[one]} - reached
        if not more:
            break
        reached |= more

    assert OrderState.DONE in reached or OrderState.CANCELLED in reached


def test_nothing_leads_from_a_state_in_which_something_is_gone_to_cancelled() -> None:
    begun = {state for state, after in MOVES.items() if OrderState.DONE in after or state is OrderState.FAILED}

    assert not [state for state in begun if OrderState.CANCELLED in MOVES[state]]
