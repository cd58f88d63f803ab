"""What one player was shown and told of one episode, and whether its record says the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from typing_extensions import override

from skill_arcade.client import LiveGame
from skill_arcade.client.progress import Progress
from skill_arcade.dataset.episode import Episode
from skill_arcade.domain.picture import Picture
from skill_arcade.wire.frame import NO_LIVES, Frame, FrameFlag
from skill_arcade.wire.from_client import Input, Resend
from skill_arcade.wire.from_server import Safe, State, Welcome

_STEP_FLAGS = FrameFlag.TERMINATED | FrameFlag.TRUNCATED | FrameFlag.INVALID


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture.

    Attributes:
        digest: of its bytes.
        score: the sum of all rewards so far.
        lives: lives left, -1 where there is no such count.
        input_seq: the newest input that had been applied.
        flags: of the step that led here.
    """

    digest: str
    score: float
    lives: int
    input_seq: int
    flags: FrameFlag


@dataclass
class Seen:
    """One episode, over all its connections.

    Attributes:
        shown: the pictures, by number, as each was shown first.
        greeted: numbers of those that came with a welcome; they are not of a step that was just made, and tell less.
        remade: numbers of those whose step was lost with the power after that, and made again.
        inputs: what the player did, by `seq`.
        acked: the most steps of which the player was told that they are in the journal, be it by a picture.
        durable_here: the most of which it was told that they are on the disk.
        durable_store: the most of which it was told that they are in the store.
        states: how the episode stood, one after the other.
    """

    shown: dict[int, Shown] = field(default_factory=dict)
    greeted: set[int] = field(default_factory=set)
    inputs: dict[int, Input] = field(default_factory=dict)
    acked: int = 0
    durable_here: int = 0
    durable_store: int = 0
    states: list[str] = field(default_factory=list)
    remade: set[int] = field(default_factory=set)
    _is_greeted: bool = False
    _newest: int = 0
    _has_lost: bool = False

    @property
    def must_be_kept(self) -> int:
        """Steps that have to be in the record; where power was lost, those on the disk until the game catches up."""
        return self.durable_here if self._has_lost else max(self.acked, self.durable_here)

    @property
    def may_be_gone(self) -> bool:
        """Whether nothing of it has to be there."""
        return self._has_lost and self.durable_here == 0

    def lose_power(self) -> None:
        """What was acked, and no more, may be gone."""
        self._has_lost = True
        self._newest = 0

    def look(self, frame: Frame, progress: Progress) -> None:
        """A picture came."""
        digest = digest_of(progress.picture)
        flags = FrameFlag(frame.flags) & _STEP_FLAGS
        shown = Shown(digest, progress.score, progress.lives, frame.input_seq, flags)
        known = self.shown.setdefault(frame.step, shown)
        assert known.digest == digest, f"picture {frame.step} was shown twice, and not alike"
        assert known.score == shown.score, f"with picture {frame.step} another score was told before"
        if known is shown and self._is_greeted:
            self.greeted.add(frame.step)
        self._is_greeted = False
        assert frame.step >= self._newest, f"back at {frame.step} after {self._newest}"
        assert frame.step >= self.must_be_kept, f"back at {frame.step}, and {self.must_be_kept} were safe"
        self._newest = frame.step
        self._has_lost = self._has_lost and frame.step < self.acked
        self.acked = max(self.acked, frame.step)

    def hear(self, safe: Safe) -> None:
        """It was told how safe the record is."""
        assert safe.acked >= safe.durable_here >= safe.durable_store, f"LIVE-60: {safe}"
        self.acked = max(self.acked, safe.acked)
        self.durable_here = max(self.durable_here, safe.durable_here)
        self.durable_store = max(self.durable_store, safe.durable_store)

    def greet(self, step: int) -> None:
        """The next picture, which is number `step`, comes with a welcome."""
        self._is_greeted = True
        self.remade.update(number for number in self.shown if number > step)


class Witness(Progress):
    """What a client knows of its episode; all of it is noted in `seen`."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self._seen = seen

    @override
    @override
    def take_welcome(self, welcome: Welcome) -> list[Resend]:
        """See Progress."""
        self._seen.greet(welcome.step)
        return super().take_welcome(welcome)

    @override
    @override
    def take_frame(self, frame: Frame) -> None:
        """See Progress."""
        super().take_frame(frame)
        self._seen.look(frame, self)

    @override
    @override
    def take_state(self, state: State) -> None:
        """See Progress."""
        super().take_state(state)
        self._seen.states.append(state.state if state.reason is None else f"{state.state}: {state.reason}")

    @override
    def take_safe(self, safe: Safe) -> None:
        """See Progress."""
        super().take_safe(safe)
        self._seen.hear(safe)

    @override
    @override
    def make_input(self, client_us: int, **fields: object) -> Input:
        """See Progress."""
        message = super().make_input(client_us, **fields)
        self._seen.inputs[message.seq] = message
        return message


def watch(game: LiveGame, seen: Seen) -> LiveGame:
    """The same game, not connected yet, with a witness."""
    game.progress = Witness(seen)
    return game


def digest_of(picture: Picture) -> str:
    """One text for each picture."""
    return hashlib.sha256(picture.tobytes()).hexdigest()


def check_record(episode: Episode, seen: Seen) -> int:
    """Assert that all that the player was shown and told is in the record, each step once; the number of steps.

    Whether the actions are those that led there is for `verify` to see: it makes every picture again with them.
    """
    steps = episode.steps().to_pylist()
    assert [each["step"] for each in steps] == list(range(len(steps))), "a step is missing or doubled"
    assert seen.must_be_kept <= len(steps), f"{seen.must_be_kept} steps were safe, {len(steps)} are in the record"
    # All of them, but where the power was lost and the player never came back.
    expected = {number: shown for number, shown in seen.shown.items() if number <= len(steps)}
    n_compared = 0
    for number, picture in episode.frames():
        if number in expected:
            assert digest_of(picture) == expected[number].digest, f"picture {number}"
            n_compared += 1
    assert n_compared == len(expected)
    scores = list(accumulate((each["reward"] for each in steps), initial=0.0))
    for number, shown in expected.items():
        assert shown.score == scores[number], f"the score with picture {number}"
        if number > 0:
            _check_step(steps[number - 1], shown, is_as_made=number not in seen.greeted | seen.remade)
    _check_inputs(episode, steps, seen, max((shown.input_seq for shown in expected.values()), default=0))
    return len(steps)


def _check_step(step: dict[str, Any], shown: Shown, *, is_as_made: bool) -> None:
    """The step that led to a picture; where that was not shown right after it, less was told of it."""
    assert (NO_LIVES if step["lives"] is None else step["lives"]) == shown.lives, step
    if is_as_made:
        assert step["input_seq"] == shown.input_seq, step
        made = {flag for flag in _STEP_FLAGS if step[str(flag.name).lower()]}
        assert made == set(shown.flags), step


def _check_inputs(episode: Episode, steps: Sequence[dict[str, Any]], seen: Seen, n_applied: int) -> None:
    """Each input is there once, in order (LIVE-30), as it was made; all of those are that made what is kept."""
    events = [each for each in episode.events().to_pylist() if each["seq"] is not None]
    numbers = [each["seq"] for each in events]
    assert numbers == list(range(1, len(events) + 1)), f"an input is missing or doubled: {numbers}"
    assert n_applied <= len(events), "an input was applied that is not in the record"
    for event in events:
        made, acted = seen.inputs[event["seq"]], event["applied_step"]
        told = (event["kind"], event["code"], event["t_client_us"], event["shown_step"])
        assert told == (made.kind, made.code, made.client_us, made.shown_step), event
        if acted is not None:  # then in the first step that says so (REC-20)
            assert steps[acted]["input_seq"] >= made.seq, event
            assert acted == 0 or steps[acted - 1]["input_seq"] < made.seq, event
