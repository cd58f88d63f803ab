"""What a client knows of its episode, and what it owes the server: LIVE.md seen from the player's side, without I/O."""

from __future__ import annotations

import base64

import msgspec
import numpy as np

from skill_arcade.client.kept_inputs import KeptInputs
from skill_arcade.domain.picture import Picture, PictureFormat
from skill_arcade.domain.sound import SoundFormat
from skill_arcade.wire.frame import Frame, FrameFlag
from skill_arcade.wire.from_client import Input, Resend
from skill_arcade.wire.from_server import Ended, Safe, State, Welcome
from skill_arcade.wire.picture import Words, apply_change, n_words, words_picture


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
        self.kept = KeptInputs()
        self._last_seq = 0
        self._words: Words = np.zeros(0, dtype="<u8")
        self._is_running = False
        # The newest picture that there was: a game that goes on from an older one may come to it again.
        self._newest_step = 0
        # The newest input that the server had with its welcome or has been sent again since; how far these say all.
        self._sent_seq = 0
        self._known_until = 0
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
        """Begin, or begin anew; what must be sent again (LIVE-36), and then whatever `more_resends` gives."""
        is_first = self.welcome is None
        self.welcome = welcome
        palette = base64.b64decode(welcome.picture.palette) if welcome.picture.palette else None
        self._format = PictureFormat(welcome.picture.width, welcome.picture.height, welcome.picture.pixels, palette)
        self._words = np.zeros(n_words(self._format.n_bytes), dtype="<u8")
        self._sent_seq = welcome.last_input_seq
        if is_first:
            self._last_seq = welcome.last_input_seq
            return []
        if welcome.last_input_seq > self._last_seq:
            # Somebody else has played on: what is known here is of another game by now.
            self.kept.forget_all()
            self._last_seq, self._newest_step = welcome.last_input_seq, welcome.step
        offer = self.kept.offer_after(welcome.last_input_seq, self._last_seq + 1, welcome.step)
        self._last_seq = offer.next_seq - 1
        self._known_until = (
            self._newest_step if offer.known_until is None else min(self._newest_step, offer.known_until)
        )
        return self.more_resends() or [Resend(inputs=(), last_step=self._known_until)]

    def more_resends(self) -> list[Resend]:
        """Inputs that were made since the last were taken to be sent again; to be called until there are none."""
        resends: list[Resend] = []
        while batch := self.kept.batch_after(self._sent_seq):
            resends.append(Resend(inputs=batch, last_step=self._known_until))
            self._sent_seq = batch[-1].seq
        return resends

    def take_state(self, state: State) -> None:
        """The server said where the episode stands."""
        self.state = state
        self._is_running = state.state == "running"
        if self._is_running:
            # Steps that were lost with their machine have been made again by now, if they can be.
            self._newest_step = state.step
        elif self._is_realtime and state.step == self._newest_step:
            # Pictures come before what is told after them. In turns a key may be the first of several.
            self.kept.stand_still()

    def lose_line(self) -> None:
        """The connection is gone: nothing that is done from now on makes a step."""
        self._is_running = False

    @property
    def _is_realtime(self) -> bool:
        return self.welcome is not None and self.welcome.pacing.mode == "realtime"

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
        self._newest_step = max(self._newest_step, frame.step)
        self.kept.learn(frame.step, frame.input_seq)

    def take_safe(self, safe: Safe) -> None:
        """Forget the inputs that can no longer be lost (LIVE-36)."""
        self.safe = safe
        self.kept.forget_before(safe.durable_store)

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
        self.kept.add(message, may_act=self._is_running)
        return message
