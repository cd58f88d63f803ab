"""Playing a recording again and comparing everything (REC-50, REC-51); pure of processes: see `verify`."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from skill_arcade.dataset.episode import Episode
from skill_arcade.dataset.episode_info import EpisodeInfo
from skill_arcade.dataset.source import Frame
from skill_arcade.domain.episode import EndReason, Status, Verification
from skill_arcade.domain.errors import EnvironmentFailed, NotReproducible
from skill_arcade.domain.observation import encode_held
from skill_arcade.domain.picture import Picture
from skill_arcade.domain.step import Outcome
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.environments.spec import EnvironmentSpec

_ROWS_IN_BATCH = 4096

# What the session was told from outside while the game stood at any step, its last one included.
_ENDS_ANYWHERE = frozenset(
    {
        EndReason.ABANDONED,
        EndReason.ENVIRONMENT_ERROR,
        EndReason.ENVIRONMENT_CRASHED,
        EndReason.ENVIRONMENT_HUNG,
        EndReason.NOT_RESUMABLE,
    }
)


class _Step(NamedTuple):
    """A row of table `steps`, of the columns that are compared."""

    step: int
    action: int | list[float]
    executed_action: int | list[float] | None
    reward: float
    terminated: bool
    truncated: bool
    invalid: bool
    lives: int | None
    state_hash: str | None


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """What replaying showed.

    Attributes:
        verification: VERIFIED, MISMATCH or UNVERIFIABLE; PENDING for a running episode that is right so far.
        detail: why, where it is not VERIFIED; one sentence.
        first_bad_step: the first step that differs (0 also where picture 0 does); None if none does.
        n_steps: steps that were compared.
        n_pictures: pictures that were compared.
    """

    verification: Verification
    detail: str | None
    first_bad_step: int | None
    n_steps: int
    n_pictures: int


def open_environment(environment: Mapping[str, Any]) -> Simulation:
    """The environment of an episode, not yet reset.

    Args:
        environment: `EnvironmentSpec` as JSON.

    Raises:
        EnvironmentFailed, ValueError, ImportError: it cannot be opened here.
    """
    return open_simulation(EnvironmentSpec.from_json(environment))


def replay_episode(episode: Episode, simulation: Simulation | None = None) -> VerificationResult:
    """Verify an episode in this process, which a crashing environment would take along.

    Args:
        episode: what is replayed.
        simulation: its environment, opened and never stepped; None to open it here. It is closed at the end.

    Raises:
        RecordingError: the recording cannot be read.
    """
    info = episode.info
    if not info.is_deterministic:
        return _unverifiable("The game is not deterministic: the same actions lead elsewhere.")
    try:
        opened = simulation or open_environment(info.environment)
    except (EnvironmentFailed, ValueError, ImportError) as error:
        return _unverifiable(f"The environment cannot be opened here: {error}")
    comparison = _Comparison(episode, opened)
    try:
        comparison.run()
    except NotReproducible as error:
        return comparison.result(Verification.MISMATCH, str(error), error.step)
    finally:
        opened.close()
    if info.status is Status.RUNNING:
        return comparison.result(Verification.PENDING, "The episode still runs; all is right so far.", None)
    return comparison.result(Verification.VERIFIED, None, None)


def _unverifiable(detail: str) -> VerificationResult:
    return VerificationResult(Verification.UNVERIFIABLE, detail, None, 0, 0)


class _Comparison:
    """One replay, step beside step. Whatever differs is raised as NotReproducible."""

    def __init__(self, episode: Episode, simulation: Simulation) -> None:
        self._episode, self._simulation = episode, simulation
        self._info = episode.info
        self._frames = episode.source.iterate_frames(0, episode.n_steps + 1)
        self._n_steps = 0
        self._n_pictures = 0

    def result(self, verification: Verification, detail: str | None, first_bad_step: int | None) -> VerificationResult:
        return VerificationResult(verification, detail, first_bad_step, self._n_steps, self._n_pictures)

    def run(self) -> None:
        self._reset()
        score = 0.0
        last: _Step | None = None
        for last in _steps_of(self._episode):
            self._compare_step(last)
            score += last.reward
        self._compare_end(score, last)

    def _reset(self) -> None:
        if self._simulation.picture_format != self._info.picture_format:
            raise NotReproducible(0, "the environment's pictures have another format")
        try:
            self._simulation.reset(self._info.seed, self._info.noop_starts)
        except EnvironmentFailed as error:
            raise NotReproducible(0, f"the environment could not be reset: {error}") from error
        self._compare_frame(0)

    def _compare_step(self, step: _Step) -> None:
        number = step.step
        if number != self._n_steps:
            raise NotReproducible(self._n_steps, f"the recording goes on with step {number}")
        action = step.action if step.executed_action is None else step.executed_action
        try:
            outcome = self._simulation.step(tuple(action) if isinstance(action, list) else action)
        except EnvironmentFailed as error:
            raise NotReproducible(number, f"the environment failed: {error}") from error
        _compare_outcome(number, step, outcome)
        self._compare_frame(number)
        if step.state_hash is not None and step.state_hash != self._simulation.state_hash():
            raise NotReproducible(number, "the state has another hash")
        self._n_steps += 1

    def _compare_frame(self, step: int) -> None:
        """Compare the next frame; `step` is what a difference is laid to."""
        frame = next(self._frames, None)
        if frame is None or frame.step != self._n_pictures:
            raise NotReproducible(step, f"the recording has no picture {self._n_pictures}")
        what = _difference_of(frame, self._simulation)
        if what is not None:
            raise NotReproducible(step, f"{what} {frame.step} differs")
        self._n_pictures += 1

    def _compare_end(self, score: float, last: _Step | None) -> None:
        info = self._info
        at = max(self._n_steps - 1, 0)
        if self._n_steps != info.n_steps or next(self._frames, None) is not None:
            raise NotReproducible(at, f"the recording says it has {info.n_steps} steps, but has others")
        if not _same_bits(score, info.score):
            raise NotReproducible(at, f"the rewards add up to {score}, not to the score {info.score}")
        final_hash = info.row.get("final_hash")
        if final_hash is not None and final_hash != self._simulation.state_hash():
            raise NotReproducible(at, "the last state has another hash")
        if info.end_reason is not None and not _end_fits(info, last):
            raise NotReproducible(at, f"the last step does not fit the end reason {info.end_reason}")


def _steps_of(episode: Episode) -> Iterator[_Step]:
    for batch in episode.steps(_Step._fields).to_batches(_ROWS_IN_BATCH):
        yield from map(_Step._make, zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _compare_outcome(number: int, step: _Step, outcome: Outcome) -> None:
    if not _same_bits(step.reward, outcome.reward):
        raise NotReproducible(number, f"the reward is {outcome.reward}, recorded is {step.reward}")
    for name, recorded, made in (
        ("terminated", step.terminated, outcome.terminated),
        ("truncated", step.truncated, outcome.truncated),
        ("invalid", step.invalid, outcome.invalid),
        ("lives", step.lives, outcome.lives),
    ):
        if recorded != made:
            raise NotReproducible(number, f"{name} is {made}, recorded is {recorded}")


def _difference_of(frame: Frame, simulation: Simulation) -> str | None:
    """What of a frame is not as the environment has it; None if nothing."""
    if not _same_picture(simulation.picture(), frame.picture):
        return "picture"
    if frame.observation is None:
        return None
    observation = simulation.observation()
    # As bytes: a NaN is equal to the same NaN, and a negative zero is not zero.
    if observation is None or encode_held(observation) != frame.observation:
        return "observation"
    return None


def _same_picture(a: Picture, b: Picture) -> bool:
    if a.shape != b.shape:
        return False
    if a.nbytes % 8 == 0 and a.flags.c_contiguous and b.flags.c_contiguous:
        # Eight pixels at a time: half the time of `np.array_equal`.
        return bool((a.reshape(-1).view(np.uint64) == b.reshape(-1).view(np.uint64)).all())
    return np.array_equal(a, b)


def _end_fits(info: EpisodeInfo, last: _Step | None) -> bool:
    terminated = last is not None and last.terminated
    truncated = last is not None and last.truncated
    if info.end_reason is EndReason.TERMINATED:
        return terminated
    if info.end_reason is EndReason.TRUNCATED:
        return truncated
    if info.end_reason is EndReason.MAX_STEPS and info.row.get("max_steps") != info.n_steps:
        return False
    return info.end_reason in _ENDS_ANYWHERE or not (terminated or truncated)


def _same_bits(a: float, b: float) -> bool:
    # Of numbers that are equal, only zeros may differ in their bits: in their sign.
    if a == b:
        return a != 0.0 or math.copysign(1.0, a) == math.copysign(1.0, b)
    return struct.pack("<d", a) == struct.pack("<d", b)
