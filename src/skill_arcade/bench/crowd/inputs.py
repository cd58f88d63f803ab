"""The inputs of one episode: their numbers, and those that no picture knows of yet (LIVE-30, LIVE-36). Pure."""

from __future__ import annotations

from collections import deque

import msgspec

from skill_arcade.wire.from_client import Input, InputKind, Resend, ResentInput

_MAX_RESENT = 60


class Inputs:
    """Makes inputs, and says which must be sent once more.

    One that a picture knows of is in the journal, and is only lost together with the machine's disk: it is forgotten.
    """

    def __init__(self) -> None:
        self._seq = 0
        self._unknown = deque[Input]()
        self._resent_seq = 0

    def make(self, kind: InputKind, code: str | None, held: tuple[str, ...], step: int, now_us: int) -> Input:
        """The next one, made while picture `step` is shown."""
        self._seq += 1
        message = Input(seq=self._seq, kind=kind, client_us=now_us, shown_step=step, held=held, code=code, key=code)
        self._unknown.append(message)
        return message

    def learn(self, input_seq: int, now_us: int) -> list[int]:
        """A picture knows of all up to a number; the µs that each of these took, those sent twice left out."""
        took_us: list[int] = []
        while self._unknown and self._unknown[0].seq <= input_seq:
            message = self._unknown.popleft()
            if message.seq > self._resent_seq:
                took_us.append(now_us - message.client_us)
        return took_us

    def take_welcome(self, last_seq: int, step: int) -> list[Resend]:
        """What is to be said after another welcome than the first: what was lost, or that nothing was.

        Args:
            last_seq: the newest input that the server has.
            step: the newest picture that came.
        """
        self._resent_seq = self._seq
        lost = [ResentInput(**msgspec.structs.asdict(each), applied_step=None) for each in self._unknown]
        lost = [each for each in lost if each.seq > last_seq]
        self._seq = max(self._seq, last_seq)
        return [
            Resend(inputs=tuple(lost[begin : begin + _MAX_RESENT]), last_step=step)
            for begin in range(0, max(1, len(lost)), _MAX_RESENT)
        ]
