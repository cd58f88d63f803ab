from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from skill_arcade.games.tetris.bag import Bag, order_kinds
from skill_arcade.games.tetris.pieces import KINDS


@given(st.lists(st.integers(0, 2**64 - 1), min_size=12, max_size=12))
def test_every_seven_from_the_start_have_each_kind_once(numbers: list[int]) -> None:
    bag = Bag(iter(numbers).__next__)
    kinds = [bag.take() for _ in range(70)]
    assert all(sorted(kinds[start : start + 7]) == list(KINDS) for start in range(0, 70, 7))


@given(st.lists(st.integers(0, 2**64 - 1), min_size=12, max_size=12))
def test_the_five_that_are_shown_are_the_five_that_come(numbers: list[int]) -> None:
    bag, same = Bag(iter(numbers).__next__), Bag(iter(numbers).__next__)
    kinds = [same.take() for _ in range(70)]
    for number in range(60):
        assert bag.shown() == tuple(kinds[number : number + 5])
        assert bag.take() == kinds[number]


def test_each_order_of_the_seven_comes_up_equally_often() -> None:
    assert len({tuple(order_kinds(number)) for number in range(5040)}) == 5040
    assert order_kinds(5040 * 12345 + 17) == order_kinds(17)


def test_one_number_is_drawn_for_seven_pieces() -> None:
    numbers = count()
    bag = Bag(numbers.__next__)
    for _ in range(7 * 4 - 5):
        bag.take()
    assert next(numbers) == 4
