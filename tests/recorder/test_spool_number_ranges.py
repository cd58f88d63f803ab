from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from skill_arcade.recorder.spool.number_ranges import LARGEST_GAP, Ranges, add_number, find_outside


def holds(ranges: Ranges, number: int) -> bool:
    return any(first <= number <= last for first, last in ranges)


@given(st.lists(st.integers(1, 60), max_size=40))
def test_every_number_is_in_a_range_and_ranges_are_far_apart(gaps: list[int]) -> None:
    """REC-33."""
    ranges: Ranges = ()
    number, numbers = 0, []
    for gap in gaps:
        number += gap
        numbers.append(number)
        ranges = add_number(ranges, number)
    assert all(holds(ranges, number) for number in numbers)
    assert all(second[0] - first[1] > LARGEST_GAP for first, second in pairwise(ranges))
    assert all(first in numbers and last in numbers for first, last in ranges)


def test_one_who_makes_a_step_now_and_then_has_one_range() -> None:
    ranges: Ranges = ()
    for number in range(1, 1000, LARGEST_GAP):
        ranges = add_number(ranges, number)
    assert ranges == ((1, 993),)
    assert add_number(ranges, 993 + LARGEST_GAP + 1) == ((1, 993), (1010, 1010))


@given(st.sets(st.integers(0, 60)), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9))))
def test_outside_is_what_no_range_has(numbers: set[int], ranges: list[tuple[int, int]]) -> None:
    some = tuple((first, first + n_more) for first, n_more in ranges)
    assert find_outside(numbers, some) == sorted(number for number in numbers if not holds(some, number))
