from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

from skill_arcade.games.tetris import ENV_ID
from skill_arcade.games.tetris.env import Tetris
from skill_arcade.games.tetris.field import COLUMNS, HIDDEN_ROWS, ROWS
from skill_arcade.games.tetris.pieces import KINDS, I, J, L, O, Piece, T, Z

NAMES = Tetris().get_action_meanings()
DROP, NOOP = NAMES.index("DROP"), NAMES.index("NOOP")

# Keys held for some steps; every second stretch is short, and hard drops are frequent, so that games get somewhere.
STRETCHES = st.lists(
    st.tuples(st.one_of(st.integers(0, 35), st.just(DROP)), st.one_of(st.just(1), st.integers(1, 12))), max_size=120
)
LEVELS = st.sampled_from([1, 5, 15])
WHOLE_GAMES = settings(deadline=None, max_examples=50)


def play(env: Tetris, stretches: list[tuple[int, int]]) -> list[tuple[dict[str, Any], float, bool, dict[str, Any]]]:
    """All answers of the steps of these stretches, up to the end."""
    answers = []
    for action, n_steps in stretches:
        for _ in range(n_steps):
            observation, reward, terminated, _, info = env.step(np.int64(action))
            answers.append((observation, reward, terminated, info))
            if terminated:
                return answers
    return answers


def dropped_kinds(env: Tetris, seed: int, n_pieces: int) -> list[int]:
    """The kinds of the first pieces."""
    observation, _ = env.reset(seed=seed)
    kinds = []
    for _ in range(n_pieces):
        kinds.append(int(observation["piece"][0]))
        observation, *_ = env.step(np.int64(DROP))
        observation, *_ = env.step(np.int64(NOOP))
    return kinds


@pytest.mark.parametrize("level", [1, 15])
def test_it_passes_gymnasiums_own_check(level: int) -> None:
    check_env(gymnasium.make(ENV_ID, level=level, render_mode="rgb_array").unwrapped)


def test_every_action_has_a_name_of_its_own() -> None:
    env = Tetris()
    assert env.action_space.n == len(NAMES) == len(set(NAMES)) == 36  # type: ignore[attr-defined]
    assert NAMES[0] == "NOOP"


@WHOLE_GAMES
@given(st.integers(0, 2**32), LEVELS, STRETCHES)
def test_cells_are_conserved_and_the_piece_stays_in_the_field_and_off_what_lies_there(
    seed: int, level: int, stretches: list[tuple[int, int]]
) -> None:
    env = Tetris(level=level)
    before, _ = env.reset(seed=seed)
    n_locked = n_cleared = 0
    for observation, reward, terminated, info in play(env, stretches):
        assert env.observation_space.contains(observation)
        assert reward >= 0
        field = observation["field"]
        if info:
            n_locked += 1
            n_cleared += info["cleared"]
            assert (info["lines"], info["level"]) == (n_cleared, level + n_cleared // 10)
        else:
            assert np.array_equal(field, before["field"])
        assert np.count_nonzero(field) == 4 * n_locked - 10 * n_cleared
        assert not field.all(axis=1).any()
        kind, rotation, x, y = (int(number) for number in observation["piece"])
        assert (kind == 0) == terminated
        if not terminated:
            cells = Piece(kind, rotation, x, y).cells()
            assert all(0 <= x < COLUMNS and 0 <= y < ROWS and field[y, x] == 0 for x, y in cells)
        assert (observation["lines"][0], observation["level"][0]) == (n_cleared, level + n_cleared // 10)
        before = observation


@WHOLE_GAMES
@given(st.integers(0, 2**32), LEVELS, STRETCHES)
def test_the_same_seed_and_actions_give_the_same_observations_pictures_and_rewards(
    seed: int, level: int, stretches: list[tuple[int, int]]
) -> None:
    one, other = Tetris(level=level), Tetris(level=level)
    other.reset(seed=5)
    play(other, [(DROP, 1), (NOOP, 3)] * 3)
    first, second = one.reset(seed=seed), other.reset(seed=seed)
    assert repr(first) == repr(second)
    for stretch in stretches:
        assert repr(play(one, [stretch])) == repr(play(other, [stretch]))
        assert np.array_equal(one.render_indices(), other.render_indices())


@pytest.mark.parametrize("seed", range(20))
def test_every_seven_pieces_from_the_start_have_each_kind_once(seed: int) -> None:
    env = Tetris()
    first = dropped_kinds(env, seed, 7)
    assert sorted(first) == list(KINDS)
    observation, _ = env.reset(seed=seed)
    assert [int(observation["piece"][0]), *observation["next"].tolist()] == first[:6]


def test_another_seed_gives_other_pieces() -> None:
    env = Tetris()
    assert len({tuple(dropped_kinds(env, seed, 7)) for seed in range(50)}) > 45


def test_what_a_seed_gives_never_changes() -> None:
    observation, _ = Tetris().reset(seed=1)
    assert [int(observation["piece"][0]), *observation["next"].tolist()] == [L, Z, I, O, J, T]


def test_the_rewards_of_an_episode_are_its_score_and_it_ends_where_pieces_pile_up() -> None:
    env = Tetris()
    env.reset(seed=2)
    answers = play(env, [(DROP, 1), (NOOP, 1)] * 30)
    observation, _, terminated, info = answers[-1]
    assert terminated
    assert info["cleared"] == 0
    assert observation["piece"].tolist() == [0, 0, 0, 0]
    # Each piece makes two points a row of its fall.
    assert 100 < sum(reward for _, reward, _, _ in answers) < 20 * 20 * 2
    assert observation["field"][HIDDEN_ROWS:].any(axis=1).sum() > 16


def test_info_is_empty_where_no_piece_is_locked() -> None:
    env = Tetris()
    assert env.reset(seed=2)[1] == {"lines": 0, "level": 1}
    infos = [info for *_, info in play(env, [(NOOP, 30), (DROP, 1), (NOOP, 5)])]
    assert infos == [{}] * 30 + [{"cleared": 0, "lines": 0, "level": 1}] + [{}] * 5


def test_the_rgb_picture_is_the_palette_picture_looked_up() -> None:
    env = Tetris(render_mode="rgb_array")
    env.reset(seed=1)
    table = np.frombuffer(env.palette, dtype=np.uint8).reshape(256, 3)
    rgb = env.render()
    assert rgb is not None
    assert np.array_equal(rgb, table[env.render_indices()])


def test_without_a_render_mode_there_is_no_rgb_picture() -> None:
    assert Tetris().render() is None


@pytest.mark.parametrize(
    ("kwargs", "told"),
    [
        ({"level": 0}, "from 1 to 15, not 0"),
        ({"level": 16}, "from 1 to 15, not 16"),
        ({"das_frames": 0}, "1 frame or more"),
        ({"arr_frames": 0}, "1 frame or more"),
    ],
)
def test_a_game_that_cannot_be_is_refused(kwargs: dict[str, int], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Tetris(**kwargs)  # type: ignore[arg-type]
