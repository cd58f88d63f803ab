"""The client's side of a session: one connection from its hello to its close, and what it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from skill_arcade.sessions.play.frames import FrameStream, Shown
from skill_arcade.sessions.play.sound import SoundStream
from skill_arcade.wire.closes import Close
from skill_arcade.wire.from_client import Hello, Ping
from skill_arcade.wire.from_server import FromServer, Notice, Pong, Safe, Welcome
from skill_arcade.wire.limits import SAFE_INTERVAL_S, SILENCE_TIMEOUT_S

NS_PER_S = 1_000_000_000
STALL_NS = 3 * NS_PER_S
"""Silence of a client that reports twice a second while pictures come."""


class Connection(Protocol):
    """The way to one client."""

    @property
    def is_congested(self) -> bool:
        """Whether the client reads too slowly for another picture or more sound now (LIVE-19, LIVE-44)."""
        ...

    def send(self, message: FromServer) -> None:
        """Send a text message."""
        ...

    def send_frame(self, frame: bytes) -> None:
        """Send a binary message: a picture or sound."""
        ...

    def close(self, close: Close, sentence: str) -> None:
        """End the connection."""
        ...


@dataclass(frozen=True, slots=True)
class Attachment:
    """What the gateway says of a connection.

    Attributes:
        resume_token: to be told to the client.
    """

    resume_token: str


@dataclass(frozen=True, slots=True)
class Safety:
    """Steps that are safe, beyond the journal (REC-5)."""

    durable_here: int = 0
    durable_store: int = 0


class SafetySource(Protocol):
    """Where a session reads how far its record is safe."""

    def read(self) -> Safety:
        """The newest numbers."""
        ...


class Conversation:
    """One connection. Before its hello it is told nothing.

    Attributes:
        attachment: what the gateway said of it.
        hello: what the client said first; None before that.
        sound: what it hears.
        look_due_ns: when the client is to be told next how far its record is safe.
        attention_due_ns: before this there is nothing to look after: neither that, nor a client that has fallen silent.
    """

    def __init__(self, connection: Connection, attachment: Attachment, now_ns: int) -> None:
        self.attachment = attachment
        self.hello: Hello | None = None
        self.sound = SoundStream()
        self._connection = connection
        self._frames = FrameStream()
        self._heard_ns = now_ns
        self._told_safety = Safety()
        self.look_due_ns = self.attention_due_ns = now_ns + round(SAFE_INTERVAL_S * NS_PER_S)

    def hear(self, now_ns: int) -> None:
        """Something came."""
        self._heard_ns = now_ns
        self.attention_due_ns = min(self.look_due_ns, now_ns + STALL_NS)

    def welcome(self, hello: Hello, welcome: Welcome) -> None:
        """Answer the hello; from now on the client is told things."""
        self.hello = hello
        self._connection.send(welcome)

    def tell(self, message: FromServer) -> None:
        """Send a text message, if the client has said hello."""
        if self.hello is not None:
            self._connection.send(message)

    def notify(self, code: Literal["storage_full", "storage_ok", "rebuilding"], text: str) -> None:
        """Say something the player should know."""
        self.tell(Notice(code=code, text=text))

    def show(self, shown: Shown, read_sound: Callable[[], bytes]) -> None:
        """Send a picture, and then its sound, unless the client has it or reads too slowly."""
        connection = self._connection
        if self.hello is None or self._frames.newest_step == shown.step or connection.is_congested:
            return
        connection.send_frame(self._frames.encode(shown))
        # The sound of that picture, unless the picture was all that the client can take (LIVE-44).
        if self.sound.is_on and not connection.is_congested:
            sound = self.sound.encode(shown.step, read_sound)
            if sound is not None:
                connection.send_frame(sound)

    def answer(self, ping: Ping, received_ns: int, now_ns: int) -> None:
        """Answer a ping (LIVE-50)."""
        self.tell(
            Pong(
                id=ping.id,
                client_us=ping.client_us,
                t1_server_us=received_ns // 1000,
                t2_server_us=now_ns // 1000,
            )
        )

    def fault(self, now_ns: int) -> tuple[Close, str] | None:
        """Why this connection is to be ended now, if it is: silence."""
        if now_ns - self._heard_ns > SILENCE_TIMEOUT_S * NS_PER_S:
            return Close.SILENT, f"nothing came for {SILENCE_TIMEOUT_S:.0f} seconds"
        return None

    def is_stalled(self, now_ns: int, since_ns: int, interval_ns: int) -> bool:
        """Whether nothing comes from a person's client that has pictures to report, so that nobody plays (LIVE-28).

        Args:
            now_ns: this moment.
            since_ns: when the game began to run.
            interval_ns: from one picture to the next.
        """
        is_human = self.hello is not None and self.hello.played_by == "human"
        return is_human and now_ns - max(self._heard_ns, since_ns) > STALL_NS + interval_ns

    def look_after(self, now_ns: int, n_steps: int, source: SafetySource) -> None:
        """Tell how far the record is safe, if that has changed and the last word is old enough (LIVE-60)."""
        if now_ns < self.look_due_ns:
            return
        self.look_due_ns = now_ns + round(SAFE_INTERVAL_S * NS_PER_S)
        self.attention_due_ns = min(self.look_due_ns, self._heard_ns + STALL_NS)
        safety = source.read()
        if safety != self._told_safety and self.hello is not None:
            self._told_safety = safety
            self.tell(Safe(acked=n_steps, durable_here=safety.durable_here, durable_store=safety.durable_store))

    def close(self, close: Close, sentence: str) -> None:
        """End the connection."""
        self._connection.close(close, sentence)
