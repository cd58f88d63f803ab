"""Tries a game out: opens its environment, holds the file against it, and plays some steps as a player would meet them.

`examine` gives an `Examination`: whether the game can be played here and, if not, why, as a sentence for people
(`problem`) and with the place in the game file (`fault`); what an action is, how large the picture, whether the same
seed and actions led to the same states, how long a step takes, and at which rate it can be played in real time. Nothing
here starts a process or writes a file: an environment that hangs, or ends its process, does so to whoever calls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np

from skill_arcade.domain.errors import EnvironmentFailed, GameFileError
from skill_arcade.domain.sentences import shorten
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.examining.checking import (
    DETERMINISM_STEPS,
    check_definition,
    check_determinism,
    check_fit,
    fault_at,
)
from skill_arcade.games.examining.own_clock import OwnClock
from skill_arcade.games.examining.reach import find_unreached
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.located_yaml import KeyPath, LocatedYaml
from skill_arcade.games.file.options import format_value

N_STEPS = 200
LONGEST_NS = 1_000_000_000
"""A game whose steps are slow is known well enough after fewer of them."""

COMPARED_NS = 250_000_000
FEWEST_COMPARED = 30
"""Two copies are compared for so long, but for so many steps at least; every recording is compared as a whole later."""

QUICK_PERCENTILE = 20
"""Of the times of all steps: what else a machine does makes steps slower and never quicker."""

TICK_SHARE = 0.8
"""How much of a tick a step with its picture may take; the rest is for packing, recording and sending."""

Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class StepTimes:
    """How long a step takes, its picture included, in microseconds.

    Attributes:
        quick_us: a fifth of the steps were quicker; little depends on what else the machine does.
        median_us: half of them were.
        p99_us: all but one in a hundred were.
    """

    quick_us: float
    median_us: float
    p99_us: float

    @property
    def max_tick_hz(self) -> float:
        """Steps in a second that can be promised in real time."""
        return TICK_SHARE * 1e6 / self.quick_us

    @staticmethod
    def of(times_ns: Sequence[int]) -> StepTimes:
        """From the times of some steps, in nanoseconds."""
        percentiles = np.percentile(np.array(times_ns) / 1000, (QUICK_PERCENTILE, 50, 99))
        quick_us, median_us, p99_us = (max(float(each), 0.001) for each in percentiles)
        return StepTimes(quick_us, median_us, p99_us)


@dataclass(frozen=True, slots=True)
class Examination:
    """What trying a game out showed; None where it did not come that far.

    Attributes:
        problem: why the game cannot be played here, as one sentence for people; None if it can.
        fault: the same with the file, the line and the key of the game file.
        actions: what the environment takes, as the end of a sentence: "takes a number from 0 to 3".
        unreached: actions that no key does, by their meanings.
        picture_size: width and height in pixels.
        deterministic: whether the same seed and actions led to the same states; None too where the file does not
            say that they do, and where it was not tried.
        step_times: how long a step takes.
        fits_real_time: whether its steps are quick enough for its clock; None too in a game of turns.
    """

    problem: str | None = None
    fault: GameFileError | None = None
    actions: str | None = None
    unreached: tuple[str, ...] | None = None
    picture_size: tuple[int, int] | None = None
    deterministic: bool | None = None
    step_times: StepTimes | None = None
    fits_real_time: bool | None = None


def examine(
    definition: GameDefinition,
    source: LocatedYaml | None = None,
    *,
    simulation: Simulation | None = None,
    clock_ns: Clock | None = None,
    trusts_emulator: bool = False,
) -> Examination:
    """Try a game out, with the options that it has by default.

    Args:
        definition: the game.
        source: its file, for the line in `fault`.
        simulation: its environment, if it is open already; it stays open then, in the middle of an episode.
        clock_ns: measures the steps; by default one that stands while others have the processor.
        trusts_emulator: an Atari game is not played twice, which takes a second: ALE is known to be deterministic.
    """
    found = Examination()
    definition, _ = definition.with_options({})
    try:
        opening = closing(open_simulation(definition.environment_spec())) if simulation is None else None
        with opening or nullcontext(simulation) as opened:
            assert opened is not None
            found = replace(found, **_describe(opened))
            check_fit(definition, opened, source)
            found = replace(found, unreached=find_unreached(definition, opened))
            times_ns = _measure(definition, opened, clock_ns)
        found = _judge_speed(replace(found, step_times=StepTimes.of(times_ns)), definition, source)
        if found.problem is not None:
            return found
        if trusts_emulator and _is_emulated(definition):
            return found
        check_determinism(definition, source, n_steps=_count_compared(times_ns))
    except EnvironmentFailed as error:
        fault = fault_at(definition, source, ("environment",), str(error))
        return replace(found, fault=fault, problem=_sentence_of(fault))
    except GameFileError as fault:
        deterministic = False if fault.key == "deterministic" else None
        return replace(found, fault=fault, problem=_sentence_of(fault), deterministic=deterministic)
    return replace(found, deterministic=definition.deterministic or None)


def examine_options(
    definition: GameDefinition,
    source: LocatedYaml | None = None,
    *,
    simulation: Simulation | None = None,
    is_brief: bool = False,
) -> Examination:
    """Try a game out as it is where nobody chooses, then hold every value of every option against the environment.

    Args:
        definition: the game.
        source: see `examine`.
        simulation: see `examine`; with the options that the game has by default.
        is_brief: no value is played, and those of an Atari game are not even opened, as ALE is trusted. For all games
            that come with Skill Arcade it takes 0.2 s instead of half a minute, 2.6 s of which are to open ROMs.
    """
    found = examine(definition, source, simulation=simulation, trusts_emulator=is_brief)
    if found.fault is not None or (is_brief and _is_emulated(definition)):
        return found
    for number, option in enumerate(definition.options):
        for place, each in enumerate(option.values):
            chosen, _ = definition.with_options({option.name: each.value})
            try:
                check_definition(chosen, is_played=not is_brief)
            except GameFileError as error:
                path: KeyPath = ("options", number, "values", place)
                problem = f"with {option.name} {format_value(each.value)} it does not fit: {error.key}: {error.problem}"
                fault = fault_at(definition, source, path, problem)
                return replace(found, fault=fault, problem=_sentence_of(fault))
    return found


def _describe(simulation: Simulation) -> dict[str, Any]:
    picture = simulation.picture_format
    return {"actions": simulation.action_space.describe(), "picture_size": (picture.width, picture.height)}


def _measure(definition: GameDefinition, simulation: Simulation, clock_ns: Clock | None) -> list[int]:
    if clock_ns is not None:
        return _play(definition, simulation, clock_ns)
    with closing(OwnClock()) as clock:
        return _play(definition, simulation, clock.read_ns)


def _play(definition: GameDefinition, simulation: Simulation, clock_ns: Clock) -> list[int]:
    """Play at random; the time of each step, in nanoseconds."""
    random = Random(0)
    times_ns: list[int] = []

    def begin() -> None:
        simulation.reset(seed=len(times_ns), noop_starts=definition.noop_starts.choose(random))
        simulation.picture()
        simulation.observation()

    begin()
    while len(times_ns) < N_STEPS and sum(times_ns) < LONGEST_NS:
        action = simulation.action_space.sample(random)
        began_ns = clock_ns()
        is_over = simulation.step(action).ended
        simulation.picture()
        times_ns.append(clock_ns() - began_ns)
        simulation.observation()
        if is_over:
            begin()
    return times_ns


def _count_compared(times_ns: Sequence[int]) -> int:
    in_time = int(COMPARED_NS / max(np.median(times_ns), 1))
    return min(max(in_time, FEWEST_COMPARED), DETERMINISM_STEPS)


def _is_emulated(definition: GameDefinition) -> bool:
    """Whether it is of ALE, which is deterministic in every game; to load its ROMs again and again takes long."""
    return definition.environment_spec().adapter == "atari"


def _judge_speed(found: Examination, definition: GameDefinition, source: LocatedYaml | None) -> Examination:
    times, tick_hz = found.step_times, definition.tick_hz
    if times is None or tick_hz is None:
        return found
    if times.max_tick_hz >= tick_hz:
        return replace(found, fits_real_time=True)
    problem = (
        f"A step takes {times.quick_us / 1000:.3g} ms, but at {tick_hz:g} Hz there are {1000 / tick_hz:.3g}: "
        f"play it in turns, or at {_round_down(times.max_tick_hz):g} Hz or less."
    )
    path: KeyPath = ("pacing", "tick_hz")
    fault = fault_at(definition, source, path, problem)
    return replace(found, fits_real_time=False, problem=problem, fault=fault)


def _round_down(rate_hz: float) -> float:
    """A tenth or, from ten on, a whole number: a promise must not be too large."""
    return math.floor(rate_hz) if rate_hz >= 10 else max(math.floor(rate_hz * 10) / 10, 0.1)


def _sentence_of(fault: GameFileError) -> str:
    """For somebody who wants to play: the environment speaks for itself, the rest is about the file."""
    words = shorten(fault.problem)
    if not fault.key.startswith("environment"):
        words = f"Its game file does not fit its environment at {fault.key!r}: {words}"
    return words if words.endswith((".", "…", "!", "?")) else f"{words}."
