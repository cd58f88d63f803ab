"""One player as the web app would be: keys held for a while, reports of what was drawn, pings; it counts what comes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from skill_arcade.client.progress import Progress
from skill_arcade.wire.frame import parse_frame
from skill_arcade.wire.from_client import (
    ClientFacts,
    ClockSample,
    Drawn,
    FromClient,
    Hello,
    Ping,
    Quit,
    Start,
    encode_client_message,
)
from skill_arcade.wire.from_server import Ended, Pong, Safe, State, Welcome, parse_server_message
from skill_arcade.wire.limits import SUBPROTOCOL

FRAME_S = 1 / 60
DRAWN_INTERVAL_S = 0.5
PING_INTERVAL_S = 2.0
N_BURST_PINGS = 20
"""Pings of the first moments, and one in how many is answered with `clock` afterwards (LIVE-50)."""
CLOCK_EVERY_PINGS = 10

HELD_FRAMES = (4, 25)
FREE_FRAMES = (1, 15)
SERVE_SHARE = 0.25
"""How often, while the paddle moves or rests, the space bar is tapped as well."""


Chore = Callable[[ClientConnection], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Count:
    """What one connection was sent.

    Attributes:
        episode_id: of the episode.
        n_pictures: binary messages.
        n_skipped: pictures that were made and not sent, by the distance that messages tell.
        picture_bytes: payload of the binary messages.
        text_bytes: payload of the text messages.
        running_pictures: pictures after the first that a step had made.
        running_us: client time from that first picture to the last.
        transit_us: of each picture: from the time in its header (the step was done) to its arrival here. Server and
            client have one clock when they are on one machine.
    """

    episode_id: str = ""
    n_pictures: int = 0
    n_skipped: int = 0
    picture_bytes: int = 0
    text_bytes: int = 0
    running_pictures: int = 0
    running_us: int = 0
    transit_us: list[int] = field(default_factory=list)


class Person:
    """Plays one episode over one connection, which must not be lost."""

    def __init__(self, url: str, dice: Random) -> None:
        self.count = Count()
        self._url = url
        self._dice = dice
        self._progress = Progress()
        self._runs = asyncio.Event()
        self._drawn: list[tuple[int, int]] = []
        self._first_us: int | None = None
        self._best_clock: tuple[int, ClockSample] | None = None

    async def play(self, until_s: float) -> Count:
        """Play to the episode's end, or quit at `until_s` of the event loop's clock.

        Raises:
            ConnectionError: the connection ended before the episode.
        """
        async with connect(
            self._url, subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None, ping_interval=None
        ) as socket:
            await self._send(socket, self._hello())
            chores: tuple[Chore, ...] = (self._press_keys, self._report, self._ping, _alarm(until_s, self._quit))
            tasks = [asyncio.create_task(chore(socket)) for chore in chores]
            try:
                async for message in socket:
                    await self._take(socket, message)
            finally:
                for task in tasks:
                    task.cancel()
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        if self._progress.ended is None:
            raise ConnectionError(f"closed before the end: {socket.close_code} {socket.close_reason}")
        return self.count

    # --- what comes ---

    async def _take(self, socket: ClientConnection, message: str | bytes) -> None:
        now_us = _now_us()
        if isinstance(message, bytes):
            self._take_picture(message, now_us)
            return
        self.count.text_bytes += len(message.encode())
        match parse_server_message(message):
            case Welcome() as welcome:
                self._progress.take_welcome(welcome)
                self.count.episode_id = welcome.episode_id
                await self._send(socket, Start())
            case State() as state:
                if state.state == "running":
                    self._runs.set()
            case Safe() as safe:
                self._progress.take_safe(safe)
            case Pong() as pong:
                await self._take_pong(socket, pong, now_us)
            case Ended() as ended:
                self._progress.ended = ended

    def _take_picture(self, message: bytes, now_us: int) -> None:
        frame, count = parse_frame(message), self.count
        before = self._progress.step
        self._progress.take_frame(frame)
        self._drawn.append((frame.step, _now_us()))
        count.n_pictures += 1
        count.picture_bytes += len(message)
        if frame.step == 0:
            return
        count.n_skipped += frame.step - before - 1
        count.transit_us.append(now_us - frame.server_us)
        if self._first_us is None:
            self._first_us = now_us
        else:
            count.running_pictures += 1
            count.running_us = now_us - self._first_us

    async def _take_pong(self, socket: ClientConnection, pong: Pong, now_us: int) -> None:
        sample = ClockSample(
            t0_client_us=pong.client_us,
            t1_server_us=pong.t1_server_us,
            t2_server_us=pong.t2_server_us,
            t3_client_us=now_us,
        )
        if pong.id <= N_BURST_PINGS:
            trip_us = now_us - pong.client_us
            if self._best_clock is None or trip_us < self._best_clock[0]:
                self._best_clock = trip_us, sample
            if pong.id == N_BURST_PINGS:
                await self._send(socket, self._best_clock[1])
        elif pong.id % CLOCK_EVERY_PINGS == 0:
            await self._send(socket, sample)

    # --- what is done ---

    async def _press_keys(self, socket: ClientConnection) -> None:
        await self._runs.wait()
        while True:
            key = self._dice.choice(("ArrowLeft", "ArrowRight", "Space"))
            await self._down(socket, key)
            await self._frames(HELD_FRAMES)
            if key != "Space" and self._dice.random() < SERVE_SHARE:
                await self._down(socket, "Space")
                await self._frames(HELD_FRAMES)
                await self._up(socket, "Space")
            await self._up(socket, key)
            await self._frames(FREE_FRAMES)

    async def _frames(self, bounds: tuple[int, int]) -> None:
        await asyncio.sleep(self._dice.randint(*bounds) * FRAME_S)

    async def _down(self, socket: ClientConnection, code: str) -> None:
        progress = self._progress
        progress.held = (*progress.held, code)
        await self._send(socket, progress.make_input(_now_us(), kind="down", code=code, key=code))

    async def _up(self, socket: ClientConnection, code: str) -> None:
        progress = self._progress
        progress.held = tuple(each for each in progress.held if each != code)
        await self._send(socket, progress.make_input(_now_us(), kind="up", code=code, key=code))

    async def _report(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(DRAWN_INTERVAL_S)
            drawn, self._drawn = self._drawn, []
            if drawn:
                steps, at_us = zip(*drawn, strict=True)
                await self._send(socket, Drawn(steps=steps, at_us=at_us))

    async def _ping(self, socket: ClientConnection) -> None:
        for number in range(1, 2**31):
            await self._send(socket, Ping(id=number, client_us=_now_us()))
            await asyncio.sleep(FRAME_S if number < N_BURST_PINGS else PING_INTERVAL_S)

    async def _quit(self, socket: ClientConnection) -> None:
        await self._send(socket, Quit())

    def _hello(self) -> Hello:
        return Hello(
            page_load=f"{self._dice.getrandbits(128):032x}",
            played_by="scripted",
            client=ClientFacts(name="benchmarks"),
            client_us=_now_us(),
            utc_ms=time.time_ns() // 1_000_000,
            clock_step_us=1.0,
        )

    async def _send(self, socket: ClientConnection, message: FromClient) -> None:
        # After the end there is nobody to hear it; an end that came too early is told by `play`.
        with contextlib.suppress(ConnectionClosed):
            await socket.send(encode_client_message(message))


def _alarm(at_s: float, chore: Chore) -> Chore:
    async def wait(socket: ClientConnection) -> None:
        await asyncio.sleep(at_s - asyncio.get_running_loop().time())
        await chore(socket)

    return wait


def _now_us() -> int:
    return time.monotonic_ns() // 1000
