from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill_arcade.games.hanoi.rules import State, all_moves, check_size, make_move, start_state, top_disc

POLES = st.integers(3, 5)


@st.composite
def states(draw: st.DrawFn) -> tuple[State, int]:
    """A state and its number of poles."""
    poles = draw(POLES)
    return tuple(draw(st.lists(st.integers(0, poles - 1), min_size=1, max_size=6))), poles


def test_actions_are_the_ordered_pairs_of_poles() -> None:
    assert all_moves(3) == ((0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1))


def test_the_smallest_disc_moves_first_and_the_next_one_not_onto_it() -> None:
    moved = make_move(start_state(3), (0, 2))
    assert moved == (2, 0, 0)
    assert make_move(moved, (0, 2)) is None
    assert make_move(moved, (0, 1)) == (2, 1, 0)


def test_nothing_can_be_taken_from_an_empty_pole() -> None:
    assert make_move(start_state(3), (1, 2)) is None


@given(states(), st.data())
def test_a_move_takes_only_the_top_disc_and_never_lays_it_onto_a_smaller_one(
    game: tuple[State, int], data: st.DataObject
) -> None:
    state, poles = game
    source, target = data.draw(st.sampled_from(all_moves(poles)))
    after = make_move(state, (source, target))
    moved, onto = top_disc(state, source), top_disc(state, target)
    if after is None:
        assert moved is None or (onto is not None and onto < moved)
    else:
        assert [disc for disc in range(len(state)) if after[disc] != state[disc]] == [moved]
        assert top_disc(after, target) == moved


@given(states(), st.data())
def test_every_move_can_be_taken_back(game: tuple[State, int], data: st.DataObject) -> None:
    state, poles = game
    source, target = data.draw(st.sampled_from(all_moves(poles)))
    after = make_move(state, (source, target))
    assert after is None or make_move(after, (target, source)) == state


@pytest.mark.parametrize(("discs", "poles"), [(0, 3), (3, 2), (3, 256)])
def test_a_game_that_cannot_be_is_refused(discs: int, poles: int) -> None:
    with pytest.raises(ValueError, match="1 disc or more"):
        check_size(discs, poles)
