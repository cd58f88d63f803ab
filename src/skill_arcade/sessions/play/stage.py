"""The environment side of a session: makes steps, keeps count and score, hands each step's records to the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from skill_arcade.domain.action import Action
from skill_arcade.domain.episode import EndReason, Status
from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.observation import encode_held
from skill_arcade.domain.pointing import Pointing
from skill_arcade.domain.step import Outcome
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.recorder.records import StepRecord
from skill_arcade.sessions.play.clocks import Clock
from skill_arcade.sessions.play.frames import Shown
from skill_arcade.sessions.play.inputs import Received
from skill_arcade.sessions.play.ledger import Ledger
from skill_arcade.sessions.play.rules import Rules
from skill_arcade.wire.frame import NO_FLAGS, NO_LIVES, FrameFlag
from skill_arcade.wire.picture import empty_words, encode_change, picture_words

HASH_EVERY_STEPS = 60
"""How often a state hash is kept (REC-23)."""


@dataclass(frozen=True, slots=True)
class Press:
    """A key that was pressed, or a click: either `code`, or `x` and `y`."""

    code: str | None
    x: float | None
    y: float | None


@dataclass(frozen=True, slots=True)
class StartPoint:
    """Where a session takes its episode up: at the start, or where the journals end.

    Attributes:
        episode_id: the episode.
        epoch: this session's epoch.
        segment: the segment that this epoch begins with.
        server_boot: id of this boot.
        n_steps: steps made so far.
        score: sum of their rewards.
        lives: lives left, or None.
        last_action: the newest step's action, or None.
        last_seq: the newest input in the journal.
        held: the key state after it.
        pointing: where the mouse was last (LIVE-34), or None.
        started: whether the player had begun.
        active_ns: time spent running so far.
        last_tick_ns: when the newest step was made, by this boot's server time; None if there is none.
        played_by: of the episode's first hello, None before it.
        unfinished: key presses and clicks since the newest step, of a move of several keys (LIVE-35).
    """

    episode_id: str
    epoch: int
    segment: int
    server_boot: str
    n_steps: int = 0
    score: float = 0.0
    lives: int | None = None
    last_action: Action | None = None
    last_seq: int = 0
    held: tuple[str, ...] = ()
    pointing: Pointing | None = None
    started: bool = False
    active_ns: int = 0
    last_tick_ns: int | None = None
    played_by: str | None = None
    unfinished: tuple[Press, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """Why an episode is over, and how it stands then.

    Attributes:
        reason: see REC-40.
        status: won, lost or incomplete.
        detail: a sentence, where the reason needs one; else None.
    """

    reason: EndReason
    status: Status = Status.INCOMPLETE
    detail: str | None = None


class Stage:
    """One environment and where it stands."""

    def __init__(
        self,
        *,
        rules: Rules,
        simulation: Simulation,
        ledger: Ledger,
        clock: Clock,
        start: StartPoint,
        mark: AbstractContextManager[None],
    ) -> None:
        self._rules = rules
        self._simulation = simulation
        self._ledger = ledger
        self._clock = clock
        self._mark = mark
        self._shape = simulation.picture_format.shape
        self.n_steps = start.n_steps
        self.score = start.score
        self.last_tick_ns = start.last_tick_ns
        self.last_action = start.last_action
        self.current = Shown(
            step=start.n_steps,
            words=picture_words(simulation.picture()),
            change=b"",
            input_seq=start.last_seq,
            server_us=clock.monotonic_ns() // 1000,
            score=start.score,
            lives=NO_LIVES if start.lives is None else start.lives,
        )

    def step(self, action: Action, acting: Sequence[Received], input_seq: int) -> Ending | None:
        """Take one step and add its group to the ledger.

        Args:
            action: one of the action space.
            acting: the inputs that act in this step for the first time, oldest first.
            input_seq: the newest input applied.

        Returns:
            How the episode ended, if it did.

        Raises:
            EnvironmentFailed: the environment raised; no step was made, and nothing was recorded.
        """
        action = self._rules.action_space.settle(action)
        with self._mark:
            outcome = self._simulation.step(action)
            now_ns = self._clock.monotonic_ns()
            n_steps = self.n_steps + 1
            is_last = outcome.ended or n_steps >= self._rules.max_steps
            words, room = empty_words(self._shape)
            self._simulation.draw(room)
            observation = observation_bytes(self._simulation)
            has_hash = is_last or n_steps % HASH_EVERY_STEPS == 0
            state_hash = self._simulation.state_hash() if has_hash else None
        # From here on nothing of the environment's can fail: the step has happened, and is recorded whole.
        newest = acting[-1] if acting else None
        for received in acting:
            self._ledger.add_input(received, self.n_steps)
        record = StepRecord(
            step=self.n_steps,
            action=action,
            reward=outcome.reward,
            terminated=outcome.terminated,
            truncated=outcome.truncated,
            invalid=outcome.invalid,
            lives=outcome.lives,
            t_tick_ns=now_ns,
            input_seq=input_seq,
            shown_step=newest.message.shown_step if newest else None,
            t_input_us=newest.message.client_us if newest else None,
            replayed_input=newest.replayed if newest else False,
            state_hash=state_hash,
            info=outcome.info or None,
        )
        change = encode_change(words, self.current.words)
        self._ledger.add_group(record, change, observation)
        self.n_steps, self.last_action, self.last_tick_ns = n_steps, action, now_ns
        self.score += outcome.reward
        self.current = Shown(
            step=n_steps,
            words=words,
            change=change,
            input_seq=input_seq,
            server_us=now_ns // 1000,
            score=self.score,
            lives=NO_LIVES if outcome.lives is None else outcome.lives,
            flags=_flags_of(outcome),
        )
        return self._ending(outcome) if is_last else None

    def read_sound(self) -> bytes:
        """The samples of the newest step; empty where the game makes none."""
        with self._mark:
            return self._simulation.sound()

    def final_hash(self) -> str | None:
        """The state hash as it stands; None where the environment has failed and cannot tell."""
        try:
            with self._mark:
                return self._simulation.state_hash()
        except EnvironmentFailed:
            return None

    def metric(self, status: Status) -> float | None:
        """The game's metric as it stands, None where it does not apply."""
        return self._rules.measure(status, self.score, self.n_steps)

    def _ending(self, outcome: Outcome) -> Ending:
        if not outcome.ended:
            return Ending(EndReason.MAX_STEPS)
        reason = EndReason.TERMINATED if outcome.terminated else EndReason.TRUNCATED
        return Ending(reason, self._rules.judge(outcome.terminated, outcome.truncated, self.score))


def observation_bytes(simulation: Simulation) -> bytes | None:
    """The bytes of an OBSERVATION record, None where the picture is the observation (REC-22)."""
    observation = simulation.observation()
    return None if observation is None else encode_held(observation)


def _flags_of(outcome: Outcome) -> int:
    if not (outcome.terminated or outcome.truncated or outcome.invalid):
        return NO_FLAGS
    terminated = FrameFlag.TERMINATED if outcome.terminated else NO_FLAGS
    truncated = FrameFlag.TRUNCATED if outcome.truncated else NO_FLAGS
    return terminated | truncated | (FrameFlag.INVALID if outcome.invalid else NO_FLAGS)
