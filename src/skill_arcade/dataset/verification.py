"""Playing a recording again and comparing everything (REC-50, REC-51); pure of processes: see `verify`."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from skill_arcade.archive.layout import Table
from skill_arcade.dataset.episode import Episode
from skill_arcade.dataset.episode_info import EpisodeInfo
from skill_arcade.domain.episode import EndReason, Status, Verification
from skill_arcade.domain.errors import EnvironmentFailed, NotReproducible
from skill_arcade.domain.observation import encode_held
from skill_arcade.domain.step import Outcome
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.recorder.unreadable import naming_unreadable

_ROWS_IN_BATCH = 4096

_STEPS_AT_ONCE = 8
"""So many are played before they are compared: an emulator is quicker where nothing else uses the caches in between.

An environment that ends its process within so many steps after a difference hides it.
"""

_COMPARED = ("terminated", "truncated", "invalid", "lives")
"""What an outcome and a recorded step both have, besides the reward."""

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
        simulation: its environment, opened, which stays open; None to open it here, and to close it at the end.

    Raises:
        RecordingError: the recording cannot be read.
    """
    info = episode.info
    if (judged := judge_unplayed(info)) is not None:
        return judged
    try:
        opened = simulation or open_environment(info.environment)
    except (EnvironmentFailed, ValueError, ImportError) as error:
        return unverifiable(f"The environment cannot be opened here: {error}")
    comparison = _Comparison(episode, opened)
    try:
        comparison.run()
    except NotReproducible as error:
        return comparison.result(Verification.MISMATCH, str(error), error.step)
    finally:
        if opened is not simulation:
            opened.close()
    if info.status is Status.RUNNING:
        return comparison.result(Verification.PENDING, "The episode still runs; all is right so far.", None)
    return comparison.result(Verification.VERIFIED, None, None)


def judge_unplayed(info: EpisodeInfo) -> VerificationResult | None:
    """What is told of an episode that no replay can make again (REC-51); None where it is to be replayed."""
    if info.is_deterministic:
        return None
    return unverifiable("The game is not deterministic: the same actions lead elsewhere.")


def unverifiable(detail: str) -> VerificationResult:
    """The result where nothing could be compared."""
    return VerificationResult(Verification.UNVERIFIABLE, detail, None, 0, 0)


class _Made(NamedTuple):
    """What replaying one step made, its picture apart; observation and hash only where the recording has them."""

    outcome: Outcome
    observation: bytes | None
    state_hash: str | None


class _Comparison:
    """One replay, a few steps beside the recorded ones at a time. Whatever differs is raised as NotReproducible."""

    def __init__(self, episode: Episode, simulation: Simulation) -> None:
        self._episode, self._simulation = episode, simulation
        self._info = episode.info
        self._frames = episode.source.iterate_frames(0, episode.n_steps + 2)  # also one too many
        # Pictures that were made and are not compared yet; and the same memory as Arrow sees it.
        self._rows = [np.empty(self._info.picture_format.shape, np.uint8) for _ in range(_STEPS_AT_ONCE)]
        self._row_buffers = [pa.py_buffer(row) for row in self._rows]
        self._n_steps = 0
        self._n_pictures = 0

    def result(self, verification: Verification, detail: str | None, first_bad_step: int | None) -> VerificationResult:
        return VerificationResult(verification, detail, first_bad_step, self._n_steps, self._n_pictures)

    def run(self) -> None:
        self._reset()
        score = 0.0
        last: _Step | None = None
        steps = _steps_of(self._episode)
        while some := list(islice(steps, _STEPS_AT_ONCE)):
            made, failure = self._play(some)
            for step, each, picture in zip(some, made, self._row_buffers, strict=False):
                self._compare_step(step, each, picture)
                score += step.reward
            if failure is not None:
                raise NotReproducible(self._n_steps, f"the environment failed: {failure}") from failure
            last = some[-1]
        self._compare_end(score, last)

    def _reset(self) -> None:
        if self._simulation.picture_format != self._info.picture_format:
            raise NotReproducible(0, "the environment's pictures have another format")
        try:
            self._simulation.reset(self._info.seed, self._info.noop_starts)
            self._simulation.draw(self._rows[0])
        except EnvironmentFailed as error:
            raise NotReproducible(0, f"the environment could not be reset: {error}") from error
        self._compare_frame(0, self._row_buffers[0], self._observe())

    def _play(self, steps: list[_Step]) -> tuple[list[_Made], EnvironmentFailed | None]:
        """What these steps made, as far as the environment went, and why it went no further; pictures in the rows."""
        simulation = self._simulation
        made: list[_Made] = []
        try:
            for step, row in zip(steps, self._rows, strict=False):
                action = step.action if step.executed_action is None else step.executed_action
                outcome = simulation.step(tuple(action) if isinstance(action, list) else action)
                simulation.draw(row)
                state_hash = None if step.state_hash is None else simulation.state_hash()
                made.append(_Made(outcome, self._observe(), state_hash))
                if outcome.ended and not (step.terminated or step.truncated):
                    break  # it ended too early, which is a difference: nothing may be asked of it any more
        except EnvironmentFailed as error:
            return made, error
        return made, None

    def _observe(self) -> bytes | None:
        if self._info.observation_kind.is_picture:
            return None
        observation = self._simulation.observation()
        # As bytes: a NaN is equal to the same NaN, and a negative zero is not zero.
        return None if observation is None else encode_held(observation)

    def _compare_step(self, step: _Step, made: _Made, picture: pa.Buffer) -> None:
        number = step.step
        if number != self._n_steps:
            raise NotReproducible(self._n_steps, f"the recording goes on with step {number}")
        _compare_outcome(number, step, made.outcome)
        self._compare_frame(number, picture, made.observation)
        if step.state_hash != made.state_hash:
            raise NotReproducible(number, "the state has another hash")
        self._n_steps += 1

    def _compare_frame(self, step: int, picture: pa.Buffer, observation: bytes | None) -> None:
        """Compare the next frame with what was made; `step` is what a difference is laid to."""
        frame = next(self._frames, None)
        if frame is None or frame.step != self._n_pictures:
            raise NotReproducible(step, f"the recording has no picture {self._n_pictures}")
        # Arrow compares memory with memory, without an array of what is equal: a fifth of NumPy's time.
        if not picture.equals(pa.py_buffer(frame.picture)):
            raise NotReproducible(step, f"picture {frame.step} differs")
        if observation != frame.observation:
            raise NotReproducible(step, f"observation {frame.step} differs")
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
    with naming_unreadable(f"Table {Table.STEPS} of episode {episode.id}"):
        for batch in episode.steps(_Step._fields).to_batches(_ROWS_IN_BATCH):
            yield from map(_Step._make, zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _compare_outcome(number: int, step: _Step, outcome: Outcome) -> None:
    if not _same_bits(step.reward, outcome.reward):
        raise NotReproducible(number, f"the reward is {outcome.reward}, recorded is {step.reward}")
    for name in _COMPARED:
        recorded, made = getattr(step, name), getattr(outcome, name)
        if recorded != made:
            raise NotReproducible(number, f"{name} is {made}, recorded is {recorded}")


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
