"""One episode being played by a program: a thin shell of sockets around `Progress`."""

from __future__ import annotations

import asyncio
import contextlib
import operator
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from skill_arcade.client.progress import Progress
from skill_arcade.domain.picture import Picture, PictureFormat
from skill_arcade.domain.sound import SoundFormat
from skill_arcade.wire.closes import RECONNECTABLE, Close
from skill_arcade.wire.frame import KIND_PICTURE, parse_frame
from skill_arcade.wire.from_client import (
    ClientFacts,
    Drawn,
    FromClient,
    Hello,
    Pause,
    Ping,
    Quit,
    Resend,
    Resume,
    Sound,
    Start,
    encode_client_message,
)
from skill_arcade.wire.from_server import Ended, Safe, State, Welcome, parse_server_message
from skill_arcade.wire.limits import SUBPROTOCOL
from skill_arcade.wire.sound import KIND_SOUND, parse_sound

_PING_INTERVAL_S = 2.0
_INSIST_INTERVAL_S = 1.0
_RECONNECT_WAITS_S = (0.0, 0.1, 0.3, 1.0, 1.0, 2.0, 2.0, 4.0, 8.0, 15.0)
"""Before each attempt to come back; the first after a welcome begins anew."""

_LOST_WITHOUT_CLOSE = 1006

_SILENCE_LIMIT_S = 8.0
"""Pongs come every two seconds; after so long the line is dead, whatever the operating system believes."""

_WELCOME_LIMIT_S = 20.0
"""Before its welcome a server says nothing while it brings a game from another machine, or puts it back."""

_RESENT_AT_ONCE = 200
_RESENT_PER_INTERVAL = 60
_RESEND_INTERVAL_S = 0.4
"""A server bears 480 messages at once and 240 in a second (LIVE-13); pings and reports need some of them."""


@dataclass(frozen=True, slots=True)
class Later:
    """There is no ticket now.

    Attributes:
        wait_s: for how long the server asked to wait; 0 where it did not.
    """

    wait_s: float = 0.0


Reticket = Callable[[str, str], Awaitable[str | Ended | Later]]
"""(episode id, resume token) to the URL of a new socket, or how the episode has ended, or when to ask again."""


Hear = Callable[[int, bytes], None]
"""(number of the picture that a step led to, the samples of that step) to nothing."""


class ConnectionLost(Exception):
    """The connection ended, and could not be or was not to be taken up again.

    Attributes:
        code: the close code (LIVE-70).
        reason: its reason text.
    """

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(f"{code} {reason}")


class ProtocolError(Exception):
    """The server sent a message that is none of LIVE.md; nothing can be made of what comes after it."""


class LiveGame:
    """An episode. Use it as an async context manager; `arcade.play` makes it.

    Args:
        url: of the socket, ticket included.
        reticket: gives a new URL when the connection is lost; None: a loss raises ConnectionLost.
        played_by: "scripted" or "agent".
        facts: for the hello's `client`.
        keys: of the game; None: they are not known, and any may be pressed.
        sleep: waits before it comes back, and between messages that are too many.
    """

    def __init__(
        self,
        url: str,
        *,
        reticket: Reticket | None = None,
        played_by: Literal["agent", "scripted"] = "scripted",
        facts: Mapping[str, str | float] | None = None,
        keys: Collection[str] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.progress = Progress()
        self._url = url
        self._reticket = reticket
        self._played_by = played_by
        self._facts = {"name": "skill_arcade.client", **(facts or {})}
        self._page_load = uuid.uuid4().hex
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Condition()
        self._failure: BaseException | None = None
        # Between a hello and the answer to its welcome no input may be sent; it is kept, and re-sent (LIVE-36).
        self._is_welcome = False
        self._hear: Hear | None = None
        self._keys = keys
        self._sleep = sleep
        self._heard_s = 0.0
        self._n_attempts = 0  # to come back, since the last welcome
        self.n_reconnects = 0

    # --- what is seen ---

    @property
    def episode_id(self) -> str:
        """The episode's id."""
        if self.progress.welcome is None:
            raise RuntimeError("not connected yet")
        return self.progress.welcome.episode_id

    @property
    def resume_token(self) -> str:
        """What takes the episode up again from elsewhere (LIVE-2)."""
        return self.progress.welcome.resume_token if self.progress.welcome else ""

    @property
    def step(self) -> int:
        """The number of the newest picture."""
        return self.progress.step

    @property
    def score(self) -> float:
        """The sum of all rewards so far."""
        return self.progress.score

    @property
    def picture(self) -> Picture:
        """A copy of the newest picture: uint8 (height, width), or (height, width, 3)."""
        return self.progress.picture

    @property
    def picture_format(self) -> PictureFormat:
        """How to read `picture`."""
        return self.progress.picture_format

    @property
    def sound_format(self) -> SoundFormat | None:
        """How to play what `listen` gives; None where the game makes no sound."""
        return self.progress.sound_format

    @property
    def state(self) -> str:
        """`ready`, `running`, `paused` or `ended`."""
        return self.progress.state.state if self.progress.state else "connecting"

    @property
    def ended(self) -> Ended | None:
        """How the episode ended, once it has."""
        return self.progress.ended

    @property
    def is_over(self) -> bool:
        """Whether the episode has ended."""
        return self.progress.ended is not None

    # --- what is done ---

    async def start(self) -> None:
        """Begin, and wait until it runs."""
        await self._insist(Start(), lambda: self.state not in ("ready", "connecting"))

    async def press(self, code: str, key: str | None = None) -> None:
        """Press a key, by its KeyboardEvent.code, and keep it down.

        Raises:
            ValueError: it is none of the game's keys.
        """
        if self._keys is not None and code not in self._keys:
            known = ", ".join(sorted(self._keys)) or "none"
            raise ValueError(f"This game has no key {code!r}. Its keys, as KeyboardEvent.code has them: {known}.")
        if code not in self.progress.held:
            self.progress.held = (*self.progress.held, code)
            await self._input(kind="down", code=code, key=key or code)

    async def release(self, code: str, key: str | None = None) -> None:
        """Let go of a key."""
        if code in self.progress.held:
            self.progress.held = tuple(c for c in self.progress.held if c != code)
            await self._input(kind="up", code=code, key=key or code)

    async def tap(self, code: str) -> None:
        """Press and let go at once; acts for one step (LIVE-34)."""
        await self.press(code)
        await self.release(code)

    async def click(self, x: float, y: float) -> None:
        """Click into the picture; 0 to 1 from its left and top edge."""
        await self._input(kind="pointer", x=x, y=y)

    async def move(self, x: float, y: float) -> None:
        """Move the mouse over the picture, to 0 to 1 from its left and top edge, without a click (LIVE-31)."""
        await self._input(kind="move", x=x, y=y)

    async def act(self, action: int | Sequence[float]) -> None:
        """Take an action, a number or the list of its elements: until the next input in real time, once in turns."""
        await self._input(kind="action", action=_plain_action(action))

    async def pause(self) -> None:
        """Pause, and wait until nothing moves."""
        await self._insist(Pause(reason="player"), lambda: self.state != "running")

    async def resume(self, countdown_ms: int = 0) -> None:
        """Go on, and wait until it does."""

        def is_asked() -> bool:
            # Asked for once: asked again, the countdown would begin anew.
            return self.progress.state is not None and self.progress.state.resumes_in_ms is not None

        def is_done() -> bool:
            return self.state == "running" or self.is_over

        await self._insist(Resume(countdown_ms=countdown_ms), lambda: is_asked() or is_done())
        await self.wait_until(is_done)

    async def quit(self) -> None:
        """End the episode for good; its record is kept."""
        await self._insist(Quit(), lambda: self.is_over)

    async def listen(self, hear: Hear | None) -> None:
        """Have `hear` called with the sound of every step that is shown from now on; None: no longer (LIVE-41)."""
        self._hear = hear
        await self._ask_for_sound(on=hear is not None)

    async def report_drawn(self, steps: tuple[int, ...], at_us: tuple[int, ...]) -> None:
        """Report when pictures were drawn (LIVE-52)."""
        await self._send(Drawn(steps=steps, at_us=at_us))

    async def send_text(self, text: str) -> None:
        """Send a text as it is, well-formed or not."""
        if self._socket is not None:
            await self._socket.send(text)

    async def next_picture(self) -> int:
        """Wait for a newer picture, or the end; the number of the newest picture."""
        before = self.step
        await self.wait_until(lambda: self.step != before or self.is_over)
        return self.step

    async def wait_until(self, condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Wait until something the server says makes `condition` true.

        Raises:
            ConnectionLost: the connection is gone for good.
            ProtocolError: the server sent what is no message.
            TimeoutError: it did not happen in time.
        """
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: condition() or self._failure is not None)
        if not condition() and self._failure is not None:
            raise self._failure

    async def _insist(self, message: FromClient, condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Send a message until it has had its effect: one that is sent into a dying connection is lost."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                # A game that goes on before inputs were sent again ends the socket (LIVE-36).
                if self._is_welcome:
                    await self._send(message)
                with contextlib.suppress(TimeoutError):
                    await self.wait_until(condition, _INSIST_INTERVAL_S)

    # --- connection ---

    async def __aenter__(self) -> Self:
        """Connect, and wait for the first picture."""
        self._tasks = [asyncio.create_task(self._live()), asyncio.create_task(self._ping())]
        try:
            await self.wait_until(lambda: self.progress.state is not None)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave; an episode that has not ended can be taken up again."""
        await self._close()

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()

    async def _live(self) -> None:
        """Connect, and again after every loss, until the end."""
        try:
            while not self.is_over:
                await self._one_connection()
        except Exception as error:  # noqa: BLE001  # the edge of this task: whoever waits is told
            await self._fail(error)

    async def _take_end(self, ended: Ended) -> None:
        async with self._changed:
            self.progress.ended = ended
            self._changed.notify_all()

    async def _fail(self, error: BaseException) -> None:
        async with self._changed:
            self._failure = error
            self._changed.notify_all()

    async def _one_connection(self) -> None:
        code, reason = _LOST_WITHOUT_CLOSE, ""
        try:
            async with connect(
                self._url, subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None, ping_interval=None
            ) as self._socket:
                self._heard_s = time.monotonic()
                await self._send(self._hello())
                async for message in self._socket:
                    self._heard_s = time.monotonic()
                    await self._take(message)
            code, reason = self._socket.close_code or code, self._socket.close_reason or ""
        except ConnectionClosed as closed:
            if closed.rcvd is not None:
                code, reason = closed.rcvd.code, closed.rcvd.reason
        except (OSError, InvalidHandshake, TimeoutError) as error:
            reason = str(error)
        self._socket, self._is_welcome = None, False
        self.progress.lose_line()
        if not self.is_over:
            await self._come_back(code, reason)

    async def _come_back(self, code: int, reason: str) -> None:
        """Get a new ticket for the same episode (LIVE-70, LIVE-71).

        Raises:
            ConnectionLost: this close is final, or nobody answers.
        """
        is_final = code not in (_LOST_WITHOUT_CLOSE, Close.TICKET_REFUSED, *RECONNECTABLE)
        if self._reticket is None or is_final or self.progress.welcome is None:
            raise ConnectionLost(code, reason)
        asked_s = 0.0
        while self._n_attempts < len(_RECONNECT_WAITS_S):
            await self._sleep(max(_RECONNECT_WAITS_S[self._n_attempts], asked_s))
            self._n_attempts += 1
            answer = await self._reticket(self.episode_id, self.resume_token)
            if isinstance(answer, Ended):
                await self._take_end(answer)
                return
            if isinstance(answer, str):
                self._url = answer
                self.n_reconnects += 1
                return
            asked_s = answer.wait_s
        raise ConnectionLost(code, reason)

    def _hello(self) -> Hello:
        return Hello(
            page_load=self._page_load,
            played_by=self._played_by,
            client=msgspec.convert(self._facts, ClientFacts),
            client_us=_now_us(),
            utc_ms=time.time_ns() // 1_000_000,
            clock_step_us=1.0,
        )

    async def _take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._take_binary(message)
        else:
            await self._take_text(message)
        async with self._changed:
            self._changed.notify_all()

    def _take_binary(self, message: bytes) -> None:
        """A picture or sound; what is neither is of tomorrow (LIVE-11)."""
        if not message:
            raise ProtocolError("The server sent an empty binary message, which is neither a picture nor sound.")
        if message[0] == KIND_PICTURE:
            with _reading("a picture"):
                self.progress.take_frame(parse_frame(message))
        elif message[0] == KIND_SOUND and self._hear is not None:
            with _reading("sound"):
                sound = parse_sound(message)
            self._hear(sound.step, sound.samples)

    async def _take_text(self, text: str) -> None:
        with _reading("a text message"):
            message: Any = parse_server_message(text)
        match message:
            case Welcome():
                with _reading("a welcome"):
                    resends = self.progress.take_welcome(message)
                self._n_attempts = 0
                await self._resend(resends)
                self._is_welcome = True
                if self._hear is not None:
                    await self._ask_for_sound(on=True)
            case State():
                self.progress.take_state(message)
                if message.state == "paused" and message.reason in ("disconnected", "rebuilt"):
                    await self._go_on()
            case Safe():
                self.progress.take_safe(message)
            case Ended():
                self.progress.ended = message

    async def _resend(self, resends: list[Resend]) -> None:
        """Send what may have been lost, and what is done meanwhile, no faster than a server bears (LIVE-13)."""
        n_sent = 0
        while resends:
            for resend in resends:
                if n_sent >= _RESENT_AT_ONCE and n_sent % _RESENT_PER_INTERVAL == 0:
                    await self._sleep(_RESEND_INTERVAL_S)
                await self._send(resend)
                n_sent += 1
            resends = self.progress.more_resends()

    async def _go_on(self) -> None:
        """After a loss of connection: go on at once, with the keys that are still down (LIVE-23)."""
        if self._reticket is None:
            return
        await self._send(Resume(countdown_ms=0))
        if self.progress.held:
            await self._input(kind="sync")

    async def _ask_for_sound(self, *, on: bool) -> None:
        if self.sound_format is not None:
            await self._send(Sound(on=on))

    async def _ping(self) -> None:
        for number in range(1, 2**31):
            before_s = time.monotonic()
            await asyncio.sleep(_PING_INTERVAL_S)
            slept_s = time.monotonic() - before_s
            await self._send(Ping(id=number, client_us=_now_us()))
            # A program that computes for long hears nothing either: what came meanwhile is read only now.
            if slept_s < 2 * _PING_INTERVAL_S:
                self._end_dead_line()

    def _end_dead_line(self) -> None:
        """A machine that was switched off does not say so."""
        limit_s = _SILENCE_LIMIT_S if self._is_welcome else _WELCOME_LIMIT_S
        if self._socket is not None and time.monotonic() - self._heard_s > limit_s:
            self._socket.transport.abort()

    async def _input(self, **fields: object) -> None:
        message = self.progress.make_input(_now_us(), **fields)
        if self._is_welcome:
            await self._send(message)

    async def _send(self, message: FromClient) -> None:
        """Send a message. What is lost with a connection is sent again after the next welcome, if it matters."""
        socket = self._socket
        if socket is None:
            return
        try:
            await socket.send(encode_client_message(message))
        except ConnectionClosed:
            return


@contextlib.contextmanager
def _reading(what: str) -> Iterator[None]:
    """Tell what cannot be read as the server's fault that it is."""
    try:
        yield
    except ValueError as error:
        raise ProtocolError(f"The server sent {what} that cannot be read: {error}.") from error


def _now_us() -> int:
    return time.monotonic_ns() // 1000


def _plain_action(action: int | Sequence[float]) -> int | tuple[float, ...]:
    """The action in Python's own numbers: those of numpy, which most programs have, are none in JSON."""
    return tuple(map(float, action)) if isinstance(action, Iterable) else operator.index(action)
