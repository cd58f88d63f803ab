"""Whatever is wrong with a game, an examination says so in one sentence, and goes on living."""

from __future__ import annotations

import itertools

import pytest
from tests.naughty import ENV_ID, make_misbehaving_game

from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.examining.examination import Examination, StepTimes, examine


def test_a_game_that_works_is_described() -> None:
    found = examine(Catalogue.load().get("Hanoi.v0"))
    assert (found.problem, found.fault, found.deterministic) == (None, None, True)
    assert (found.actions, found.picture_size) == ("takes a number from 0 to 5", (320, 180))
    assert found.step_times is not None
    assert found.step_times.quick_us <= found.step_times.median_us <= found.step_times.p99_us
    assert found.fits_real_time is None, "it is played in turns"


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ("raise when made", f"{ENV_ID} failed: RuntimeError: no such cartridge."),
        ("raise in reset", f"{ENV_ID} failed: RuntimeError: nothing to start with."),
        ("nan", f"{ENV_ID} gave nan as its reward."),
        ("inf", f"{ENV_ID} gave inf as its reward."),
        ("no picture", f'{ENV_ID} gives no picture with render_mode="rgb_array".'),
        ("other size", f"{ENV_ID} gave a picture of shape (8, 13, 3), not (8, 12, 3)."),
        ("other type", f"{ENV_ID} gave a picture that is no array of uint8."),
        ("chance", "Its game file does not fit its environment at 'deterministic': the same seed and actions led to"),
    ],
)
def test_what_misbehaves_is_told_in_one_sentence(how: str, problem: str) -> None:
    found = examine(make_misbehaving_game(how))
    assert found.problem is not None
    assert found.problem.startswith(problem)
    assert found.problem.endswith(".")
    assert "\n" not in found.problem
    assert found.fault is not None


def test_an_unsupported_action_space_is_told() -> None:
    found = examine(make_misbehaving_game("text actions"))
    assert found.problem is not None
    assert "Text" in found.problem


def test_an_environment_that_is_not_installed_is_told() -> None:
    game = make_misbehaving_game("fine", environment={"id": "no_such_package:Nope-v0", "kwargs": {}, "adapter": "auto"})
    found = examine(game)
    assert found.problem is not None
    assert "no_such_package" in found.problem


def test_a_file_that_does_not_fit_names_its_key() -> None:
    found = examine(make_misbehaving_game("fine", picture={"width": 13, "height": 8}))
    assert found.problem == (
        "Its game file does not fit its environment at 'picture': the environment's picture is 12 wide and 8 high."
    )
    assert found.fault is not None
    assert found.fault.key == "picture"
    assert found.picture_size == (12, 8)


def test_a_step_that_is_too_slow_for_the_clock_says_what_can_be_done() -> None:
    ticks_ns = itertools.count(step=210_000_000)
    game = make_misbehaving_game("fine", pacing={"mode": "realtime", "tick_hz": 60})
    found = examine(game, clock_ns=lambda: next(ticks_ns))
    assert found.problem == (
        "A step takes 210 ms, but at 60 Hz there are 16.7: play it in turns, or at 3.8 Hz or less."
    )
    assert found.fits_real_time is False
    assert found.fault is not None
    assert found.fault.key == "pacing.tick_hz"


@pytest.mark.parametrize("pacing", [{"mode": "turn"}, {"mode": "realtime", "tick_hz": 3.8}])
def test_a_slow_step_is_quick_enough_in_turns_or_at_the_rate_that_was_promised(pacing: dict[str, object]) -> None:
    ticks_ns = itertools.count(step=210_000_000)
    no_key: object = {"wait": True} if pacing["mode"] == "turn" else {"action": "NOOP"}
    found = examine(make_misbehaving_game("fine", pacing=pacing, no_key=no_key), clock_ns=lambda: next(ticks_ns))
    assert found.problem is None
    assert found.step_times is not None
    assert found.step_times.max_tick_hz == pytest.approx(0.8 / 0.21)


def test_a_machine_that_is_busy_now_and_then_condemns_no_game() -> None:
    times = StepTimes.of([1_000_000] * 50 + [90_000_000] * 150)
    assert times.quick_us == 1000
    assert times.median_us == times.p99_us == 90_000


def test_an_environment_that_ends_at_every_step_is_played_again_and_again() -> None:
    assert examine(make_misbehaving_game("end at once")).problem is None


def test_an_environment_that_is_open_already_stays_open_and_can_be_stepped_on() -> None:
    game = make_misbehaving_game("end at once")
    simulation = open_simulation(game.environment_spec())
    assert isinstance(examine(game, simulation=simulation), Examination)
    simulation.step(0)
    simulation.close()
