"""One player as the web app would be: whole key states, reports of what was drawn, pings; counts what comes.

Keys are held for 4 to 25 frames, as people's are. An episode that ends is followed by another one.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections import deque
from collections.abc import Sequence
from random import Random

import msgspec

from skill_arcade.bench.play_socket import BINARY, PlaySocket
from skill_arcade.wire.from_client import (
    ClientFacts,
    ClockSample,
    Drawn,
    FromClient,
    Hello,
    Input,
    Ping,
    Quit,
    Start,
    encode_client_message,
)
from skill_arcade.wire.from_server import Ended, Pong, State, Welcome, parse_server_message

FRAME_S = 1 / 60
HELD_FRAMES = (4, 25)
FREE_FRAMES = (1, 15)
BOTH_SHARE = 0.25
"""How often another key is tapped while one is held."""

DRAWN_INTERVAL_S = 0.5
PING_INTERVAL_S = 2.0
N_BURST_PINGS = 20
CLOCK_EVERY_PINGS = 10
"""Pings of the first moments, and one in how many is answered with `clock` afterwards (LIVE-50)."""

_FRAME_HEAD = struct.Struct("<BBHIIQ")


class PlayedEpisode(msgspec.Struct):
    """What one episode's player was sent.

    Attributes:
        episode_id, game_id: of the episode.
        first_picture_us: from before the ticket was asked for to the first picture.
        n_pictures: that came, picture 0 included.
        n_skipped: that were made and not sent, by the distance that messages tell.
        picture_bytes, text_bytes: of messages, WebSocket's own head included.
        running_pictures: that came after the first one that a step had made.
        running_us: client time from that one to the last.
        transit_us: of each picture, from the time in its header to its arrival: one machine has one clock.
        answer_us: of each key, from its sending to the arrival of the first picture that knows of it.
        close: how the server ended the socket.
    """

    episode_id: str = ""
    game_id: str = ""
    first_picture_us: int = 0
    n_pictures: int = 0
    n_skipped: int = 0
    picture_bytes: int = 0
    text_bytes: int = 0
    running_pictures: int = 0
    running_us: int = 0
    transit_us: list[int] = msgspec.field(default_factory=list)
    answer_us: list[int] = msgspec.field(default_factory=list)
    close: tuple[int, str] = (1006, "")


class Player:
    """Plays one episode over one connection."""

    def __init__(self, game_id: str, keys: Sequence[str], dice: Random, asked_us: int) -> None:
        """Make a player.

        Args:
            game_id: of the game.
            keys: the codes that do something in it.
            dice: decides which and how long.
            asked_us: when the ticket was asked for.
        """
        self.played = PlayedEpisode(game_id=game_id)
        self._keys = keys
        self._dice = dice
        self._asked_us = asked_us
        self._socket: PlaySocket | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._held: tuple[str, ...] = ()
        self._seq = 0
        self._sent: deque[tuple[int, int]] = deque()  # (seq, sent at) of keys that no picture knows of yet
        self._step = 0
        self._first_us = 0
        self._drawn_steps: list[int] = []
        self._drawn_us: list[int] = []
        self._best_clock: tuple[int, ClockSample] | None = None

    async def play(self, url: str, until_s: float) -> PlayedEpisode:
        """Play to the episode's end, or quit at `until_s` of the loop's clock; wait for the close."""
        loop = asyncio.get_running_loop()
        socket = self._socket = await PlaySocket.connect(url, self._take)
        self._say(self._hello())
        quitting = loop.call_at(until_s, self._say, Quit())
        try:
            self.played.close = await socket.closed
        finally:
            quitting.cancel()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        return self.played

    # --- what comes ---

    def _take(self, opcode: int, payload: bytes, n_bytes: int) -> None:
        if opcode == BINARY:
            self._take_picture(payload, n_bytes)
            return
        now_us = read_us()
        self.played.text_bytes += n_bytes
        match parse_server_message(payload):
            case Welcome() as welcome:
                self.played.episode_id = welcome.episode_id
                self._say(Start())
                self._tasks.append(asyncio.create_task(self._ping()))
            case State(state="running") if len(self._tasks) == 1:
                self._tasks += [asyncio.create_task(self._press_keys()), asyncio.create_task(self._report())]
            case Pong() as pong:
                self._take_pong(pong, now_us)
            case Ended():
                for task in self._tasks:
                    task.cancel()

    def _take_picture(self, message: bytes, n_bytes: int) -> None:
        now_us = read_us()
        _, _, _, step, input_seq, server_us = _FRAME_HEAD.unpack_from(message)
        played = self.played
        played.n_pictures += 1
        played.picture_bytes += n_bytes
        sent = self._sent
        while sent and sent[0][0] <= input_seq:
            played.answer_us.append(now_us - sent.popleft()[1])
        self._drawn_steps.append(step)
        self._drawn_us.append(now_us)
        if step == 0:
            played.first_picture_us = played.first_picture_us or now_us - self._asked_us
            return
        played.n_skipped += step - self._step - 1
        self._step = step
        played.transit_us.append(now_us - server_us)
        if self._first_us:
            played.running_pictures += 1
            played.running_us = now_us - self._first_us
        else:
            self._first_us = now_us

    def _take_pong(self, pong: Pong, now_us: int) -> None:
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
                self._say(self._best_clock[1])
        elif pong.id % CLOCK_EVERY_PINGS == 0:
            self._say(sample)

    # --- what is done ---

    async def _press_keys(self) -> None:
        while True:
            key = self._dice.choice(self._keys)
            self._press(key)
            await self._frames(HELD_FRAMES)
            other = self._dice.choice(self._keys)
            if other != key and self._dice.random() < BOTH_SHARE:
                self._press(other)
                await self._frames(HELD_FRAMES)
                self._release(other)
            self._release(key)
            await self._frames(FREE_FRAMES)

    async def _frames(self, bounds: tuple[int, int]) -> None:
        # Hands know nothing of ticks: somewhere within a frame.
        await asyncio.sleep((self._dice.randint(*bounds) + self._dice.random()) * FRAME_S)

    def _press(self, code: str) -> None:
        self._held = (*self._held, code)
        self._input("down", code)

    def _release(self, code: str) -> None:
        self._held = tuple(each for each in self._held if each != code)
        self._input("up", code)

    def _input(self, kind: str, code: str) -> None:
        self._seq += 1
        now_us = read_us()
        self._sent.append((self._seq, now_us))
        self._say(
            Input(
                seq=self._seq,
                kind="down" if kind == "down" else "up",
                client_us=now_us,
                shown_step=self._step,
                held=self._held,
                code=code,
                key=code,
            )
        )

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(DRAWN_INTERVAL_S)
            if self._drawn_steps:
                self._say(Drawn(steps=tuple(self._drawn_steps[-240:]), at_us=tuple(self._drawn_us[-240:])))
                self._drawn_steps.clear()
                self._drawn_us.clear()

    async def _ping(self) -> None:
        for number in range(1, 2**31):
            self._say(Ping(id=number, client_us=read_us()))
            await asyncio.sleep(FRAME_S if number < N_BURST_PINGS else PING_INTERVAL_S)

    def _hello(self) -> Hello:
        return Hello(
            page_load=f"{self._dice.getrandbits(128):032x}",
            played_by="scripted",
            client=ClientFacts(name="skill-arcade bench"),
            client_us=read_us(),
            utc_ms=time.time_ns() // 1_000_000,
            clock_step_us=1.0,
        )

    def _say(self, message: FromClient) -> None:
        if self._socket is not None:
            self._socket.send(encode_client_message(message).encode())


def read_us() -> int:
    """Server time and client time: one machine has one clock."""
    return time.monotonic_ns() // 1000
