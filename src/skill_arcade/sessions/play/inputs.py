"""The inputs of one episode: their order, the key state, taps, the mouse (LIVE-30 to LIVE-37)."""

from __future__ import annotations

import msgspec

from skill_arcade.domain.action import Action
from skill_arcade.domain.pointing import Pointing, follow_pointing
from skill_arcade.wire.closes import Close, ProtocolViolation
from skill_arcade.wire.from_client import Input, ResentInput

AnyInput = Input | ResentInput


class Received(msgspec.Struct, frozen=True):
    """An input and when it came.

    Attributes:
        message: what the client sent.
        received_ns: server time.
        replayed: it was re-sent (LIVE-36).
        segment: the segment in which it came.
    """

    message: AnyInput
    received_ns: int
    replayed: bool
    segment: int


class KeyState(msgspec.Struct, frozen=True):
    """What keys and mouse say at a tick.

    Attributes:
        held: codes that are down, oldest first.
        taps: codes that went down and up again since the last tick, in order.
        pointing: where the mouse was last, or None before it was anywhere.
        action: what an agent holds, or None where keys and mouse decide.
    """

    held: tuple[str, ...]
    taps: tuple[str, ...]
    pointing: Pointing | None
    action: Action | None


class InputBook:
    """Follows the inputs; knows nothing of a game's meaning of them."""

    def __init__(self, last_seq: int = 0, held: tuple[str, ...] = (), pointing: Pointing | None = None) -> None:
        self.last_seq = last_seq
        self._held = held
        self._pointing = pointing
        self._pressed: list[str] = []
        self._action: Action | None = None

    def accepts(self, seq: int) -> bool:
        """Whether `seq` is the next one (True) or was had before (False).

        Raises:
            ProtocolViolation: it leaves a gap (LIVE-30).
        """
        if seq > self.last_seq + 1:
            raise ProtocolViolation(Close.OUT_OF_ORDER, f"input {seq} came where {self.last_seq + 1} was to come")
        return seq == self.last_seq + 1

    def take(self, message: AnyInput) -> None:
        """Follow the key state; `accepts` has said yes."""
        self.last_seq = max(self.last_seq, message.seq)
        self._held = message.held
        self.follow_mouse(message)
        if message.kind in ("action", "down", "up", "pointer", "move"):
            self._action = message.action

    def follow_idle(self, message: AnyInput, *, replayed: bool) -> None:
        """Follow an input that comes while the game does not run: its keys are known, but nothing was pressed.

        A re-sent one is old news: the keys that are down now are told by a `sync` (LIVE-23).
        """
        self.last_seq = max(self.last_seq, message.seq)
        self.follow_mouse(message)
        if not replayed:
            self._held = message.held

    def follow_mouse(self, message: AnyInput) -> None:
        """Note where the mouse is, if the input tells it (a click tells it too), and the keys that went down since."""
        self._pointing = follow_pointing(self._pointing, message.kind, message.code, message.x, message.y)

    def press(self, code: str) -> None:
        """Let `code`, which went down or was clicked, act in the next tick even if it is up again by then.

        Only `at_tick` uses presses up, so a game without ticks must not call this.
        """
        self._pressed.append(code)

    def release_all(self) -> None:
        """Count every key as released: a pause began (LIVE-23). The mouse stays where it is."""
        self._held = ()
        self._pressed.clear()
        self._action = None

    def at_tick(self) -> KeyState:
        """What acts in this tick; taps are used up by it (LIVE-34)."""
        taps: tuple[str, ...] = ()
        if self._pressed:
            taps = tuple(code for code in dict.fromkeys(self._pressed) if code not in self._held)
            self._pressed.clear()
        return KeyState(self._held, taps, self._pointing, self._action)
