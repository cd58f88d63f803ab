"""The inputs that the record may yet lose: kept until the object store has their step, and offered again (LIVE-36)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import msgspec

from skill_arcade.wire.from_client import Input, ResentInput, encode_client_message
from skill_arcade.wire.limits import MAX_MESSAGE_BYTES

MAX_KEPT = 50_000
"""While the object store is away everything is kept: ten minutes of 80 inputs a second are 48,000."""

NEWEST_KEPT = 5_000
"""So many of the newest are always kept: they are what a line that was lost just now may owe."""

_MAX_RESENT = 60
_ENVELOPE_BYTES = 100
_APPLIED_STEP_BYTES = 32


@dataclass(slots=True)
class _Kept:
    """One input.

    Attributes:
        message: as it was sent.
        may_act: whether a step can have come of it: the game ran, and no server was told that it makes none.
        passed_step: the step before the first picture that shows it, the one it acted in, if any; None before there
            is such a picture.
    """

    message: Input
    may_act: bool
    passed_step: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered to a server.

    Attributes:
        known_until: the newest picture up to which the inputs say everything; None where they say everything there is.
        next_seq: the number of the input that comes after all of them.
    """

    known_until: int | None
    next_seq: int


class KeptInputs:
    """By their numbers, oldest first."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._n_learnt = 0  # of them, from the oldest, were shown by a picture
        self.n_dropped = 0

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, message: Input, *, may_act: bool) -> None:
        """Keep an input.

        Where there is no room left, the oldest but the first go, and are counted in `n_dropped`: a machine that is lost
        is gone on from the oldest, and only so long as none of them is missing; a line that was lost, from the newest.
        """
        self._kept.append(_Kept(message, may_act))
        if len(self._kept) > MAX_KEPT:
            index = MAX_KEPT - NEWEST_KEPT
            del self._kept[index]
            self._n_learnt -= index < self._n_learnt
            self.n_dropped += 1

    def stand_still(self) -> None:
        """The game stands still at the newest picture: what that does not show was not acted on, and will not be."""
        for kept in self._kept[self._n_learnt :]:
            kept.may_act = False

    def learn(self, step: int, input_seq: int) -> None:
        """Picture `step` shows that every input up to `input_seq` had been applied."""
        self._unlearn(step, input_seq)
        while self._n_learnt < len(self._kept) and self._kept[self._n_learnt].message.seq <= input_seq:
            self._kept[self._n_learnt].passed_step = max(step - 1, 0)
            self._n_learnt += 1

    def forget_before(self, durable_step: int) -> None:
        """The object store has the steps before this one."""
        n_safe = 0
        for kept in self._kept[: self._n_learnt]:
            if kept.passed_step is None or kept.passed_step >= durable_step:
                break
            n_safe += 1
        self._drop(n_safe)

    def forget_all(self) -> None:
        """The game went on elsewhere: what is known here is of another game by now."""
        self._drop(len(self._kept))

    def offer_after(self, last_seq: int, next_seq: int, step: int) -> Offer:
        """Make the inputs go on from those that the server has.

        Behind one that is not here any more they are numbered anew, since a server takes no gap (LIVE-30), and make no
        step, since nobody could say what the game looked like.

        Args:
            last_seq: the newest input that the server has.
            next_seq: the number after the newest that was ever given.
            step: the server's newest picture.
        """
        first = self._find_after(last_seq)
        is_all_known = first < len(self._kept) or next_seq <= last_seq + 1
        known_until = None if is_all_known else step
        seq = last_seq
        for index, kept in enumerate(self._kept[first:], first):
            seq += 1
            if kept.message.seq != seq:
                if known_until is None:
                    known_until = self._known_before(index, step)
                kept.message = msgspec.structs.replace(kept.message, seq=seq)
            if known_until is not None or kept.passed_step is None:
                kept.may_act = False
        return Offer(known_until, seq + 1)

    def batch_after(self, last_seq: int) -> tuple[ResentInput, ...]:
        """As many of the next inputs as one message may hold, by count and by bytes (LIVE-12); none at the end."""
        first = self._find_after(last_seq)
        batch: list[ResentInput] = []
        bytes_left = MAX_MESSAGE_BYTES - _ENVELOPE_BYTES
        for kept in self._kept[first : first + _MAX_RESENT]:
            bytes_left -= len(encode_client_message(kept.message).encode()) + _APPLIED_STEP_BYTES
            if batch and bytes_left < 0:
                break
            applied_step = kept.passed_step if kept.may_act else None
            batch.append(ResentInput(**msgspec.structs.asdict(kept.message), applied_step=applied_step))
        return tuple(batch)

    def _unlearn(self, step: int, input_seq: int) -> None:
        """Forget steps that a picture is not newer than: they were lost, and their inputs passed over."""
        for index in range(self._n_learnt - 1, -1, -1):
            kept = self._kept[index]
            if kept.passed_step is None or kept.passed_step < step:
                return
            if kept.message.seq <= input_seq:
                kept.may_act, kept.passed_step = False, max(step - 1, 0)

    def _known_before(self, index: int, step: int) -> int:
        """The picture before the step of the input before `index`: one that is missing may have acted in the same."""
        passed_step = self._kept[index - 1].passed_step if index else None
        return step if passed_step is None else max(passed_step, step)

    def _find_after(self, seq: int) -> int:
        return bisect_right(self._kept, seq, key=lambda kept: kept.message.seq)

    def _drop(self, count: int) -> None:
        del self._kept[:count]
        self._n_learnt = max(0, self._n_learnt - count)
