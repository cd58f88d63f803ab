"""What a client knows of its episode, and what it owes the server: LIVE.md seen from the player's side, without I/O."""

from __future__ import annotations

import base64
from collections import deque
from dataclasses import dataclass

import msgspec
import numpy as np

from skill_arcade.domain.picture import Picture, PictureFormat
from skill_arcade.domain.sound import SoundFormat
from skill_arcade.wire.frame import Frame, FrameFlag
from skill_arcade.wire.from_client import Input, Resend, ResentInput
from skill_arcade.wire.from_server import Ended, Safe, State, Welcome
from skill_arcade.wire.picture import Words, apply_change, n_words, words_picture

_MAX_RESENT = 60


@dataclass(slots=True)
class _Kept:
    """An input that may have to be sent once more."""

    message: Input
    applied_step: int | None = None
    may_act: bool = True


class Progress:
    """The state of one episode over all its connections."""

    def __init__(self) -> None:
        self.welcome: Welcome | None = None
        self.state: State | None = None
        self.ended: Ended | None = None
        self.safe = Safe(acked=0, durable_here=0, durable_store=0)
        self.step = 0
        self.score = 0.0
        self.lives = -1
        self.flags = FrameFlag(0)
        self.server_us = 0
        self.held: tuple[str, ...] = ()
        self._last_seq = 0
        self._words: Words = np.zeros(0, dtype="<u8")
        self._kept: deque[_Kept] = deque()
        # How many of `_kept`, from the oldest, have been applied or passed over by a picture that came.
        self._n_learnt = 0
        self._format: PictureFormat | None = None

    @property
    def picture_format(self) -> PictureFormat:
        """How the pictures are to be read; known after the first welcome."""
        if self._format is None:
            raise RuntimeError("no welcome has come yet")
        return self._format

    @property
    def sound_format(self) -> SoundFormat | None:
        """How the game's sound is to be played; None before the first welcome, and where it makes none."""
        sound = self.welcome.sound if self.welcome is not None else None
        return SoundFormat(sound.rate_hz, sound.samples_per_step) if sound is not None else None

    @property
    def picture(self) -> Picture:
        """A copy of the newest picture: uint8, of `picture_format.shape`."""
        return words_picture(self._words, self.picture_format.shape).copy()

    def take_welcome(self, welcome: Welcome) -> list[Resend]:
        """Begin, or begin anew; what must be sent again (LIVE-36)."""
        is_first = self.welcome is None
        self.welcome = welcome
        palette = base64.b64decode(welcome.picture.palette) if welcome.picture.palette else None
        self._format = PictureFormat(welcome.picture.width, welcome.picture.height, welcome.picture.pixels, palette)
        self._words = np.zeros(n_words(self._format.n_bytes), dtype="<u8")
        if is_first:
            self._last_seq = welcome.last_input_seq
            return []
        return self._resends(welcome.last_input_seq)

    def _resends(self, last_seq: int) -> list[Resend]:
        lost = [k for k in self._kept if k.message.seq > last_seq]
        resent = [ResentInput(**msgspec.structs.asdict(k.message), applied_step=k.applied_step) for k in lost]
        batches = [resent[i : i + _MAX_RESENT] for i in range(0, len(resent), _MAX_RESENT)] or [[]]
        self._last_seq = max(self._last_seq, last_seq)
        return [Resend(inputs=tuple(batch), last_step=self.step) for batch in batches]

    def take_frame(self, frame: Frame) -> None:
        """Draw a picture message into the buffer.

        Raises:
            ValueError: it changes another picture than the one here, or its payload is none.
        """
        if frame.is_key:
            self._words[:] = 0
        elif frame.step - frame.base_distance != self.step:
            raise ValueError(f"picture {frame.step} changes a picture that is not here")
        apply_change(frame.payload, self._words)
        self.step, self.flags, self.server_us = frame.step, FrameFlag(frame.flags), frame.server_us
        if frame.score is not None:
            self.score, self.lives = frame.score, frame.lives
        while self._n_learnt < len(self._kept) and self._kept[self._n_learnt].message.seq <= frame.input_seq:
            kept = self._kept[self._n_learnt]
            if kept.may_act:
                kept.applied_step = max(0, frame.step - 1)
            self._n_learnt += 1

    def take_safe(self, safe: Safe) -> None:
        """Forget the inputs that can no longer be lost (LIVE-36)."""
        self.safe = safe
        while self._n_learnt and (self._kept[0].applied_step or 0) < safe.durable_store:
            self._kept.popleft()
            self._n_learnt -= 1

    def make_input(self, client_us: int, **fields: object) -> Input:
        """The next input, with the key state as it is now; kept until it is safe."""
        self._last_seq += 1
        message = msgspec.convert(
            {
                "type": "input",
                "seq": self._last_seq,
                "client_us": client_us,
                "shown_step": self.step,
                "held": self.held,
                **fields,
            },
            Input,
        )
        runs = self.state is not None and self.state.state == "running"
        self._kept.append(_Kept(message, may_act=runs))
        return message
