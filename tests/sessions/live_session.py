"""A real supervisor with real session processes, and a client whose socket is left at a session's doorstep."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode
from websockets.protocol import CLIENT, OPEN, Protocol

from skill_arcade.games.catalogue import BUILT_IN_FOLDER, Catalogue
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.sessions.process.doorstep import encode_attachment
from skill_arcade.sessions.spec import Places, SessionLimits, SessionSpec
from skill_arcade.sessions.supervision.control import ControlClient, SessionStatus
from skill_arcade.sessions.supervision.supervisor import Supervisor
from skill_arcade.wire.frame import Frame, parse_frame
from skill_arcade.wire.from_server import FromServer, Welcome, parse_server_message

NAUGHTY_GAMES = Path(__file__).parents[1] / "naughty_games"
CATALOGUE = Catalogue.load([BUILT_IN_FOLDER, NAUGHTY_GAMES])


def new_spec(game_id: str, **options: object) -> SessionSpec:
    """A new episode of a game, with the least that its provenance must have."""
    game, _ = CATALOGUE.get(game_id).with_options(options)
    return spec_of(game)


def spec_of(game: GameDefinition) -> SessionSpec:
    """A new episode of a game that need not be in the catalogue."""
    provenance = {
        "game_id": game.id,
        "game": game.to_json(),
        "environment": game.environment_spec().to_json(),
        "seed": 0 if game.id == "Breakout.v0" else 7,
        "noop_starts": 3 if game.id == "Breakout.v0" else 0,
        "action_meanings": list(game.actions),
        "started_utc": "2026-01-01T00:00:00.000000Z",
        "played_by": "scripted",
    }
    return SessionSpec(uuid.uuid4(), provenance)


def read_children(pid: int) -> list[int]:
    """The processes that a process has forked and not seen the end of."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what nothing tells of."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def until_ended(child: int) -> None:
    """Wait for the end of a process that this one has started, and leave it to whoever looks after it."""
    await asyncio.to_thread(os.waitid, os.P_PID, child, os.WEXITED | os.WNOWAIT)


class House:
    """A supervisor and what belongs to it."""

    def __init__(self, folder: Path, limits: SessionLimits, max_sessions: int, max_templates: int = 16) -> None:
        self.sockets = tempfile.TemporaryDirectory(prefix="arcade-")
        self.places = Places(folder / "journal", Path(self.sockets.name))
        self.places.journals.mkdir(parents=True, exist_ok=True)
        self.supervisor = Supervisor(self.places, limits, max_sessions, max_templates)
        self.control = ControlClient(self.places.supervisor_socket)

    async def status(self) -> list[SessionStatus]:
        return await asyncio.to_thread(self.control.status)

    async def pids(self) -> dict[str, int]:
        """The process of each episode."""
        return {each.episode_id: each.pid for each in await self.status()}

    async def until_gone(self, process: int) -> None:
        """Wait until the supervisor has seen that a process is no more."""
        async with asyncio.timeout(30):
            while process in (await self.pids()).values():
                await asyncio.sleep(0.01)

    def leave_socket(self, spec: SessionSpec) -> socket.socket:
        """Leave a client's socket at the doorstep of a session; the client's end."""
        near, far = socket.socketpair()
        with far, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.connect(str(self.places.session_socket(spec.episode_id)))
            socket.send_fds(line, [encode_attachment("t")], [far.fileno()])
        return near

    @asynccontextmanager
    async def player(self, spec: SessionSpec) -> AsyncIterator[Player]:
        await self.control.ensure(spec)
        reader, writer = await asyncio.open_unix_connection(sock=self.leave_socket(spec))
        player = Player(reader, writer)
        player.greet()
        try:
            yield player
        finally:
            writer.close()


@asynccontextmanager
async def open_house(
    folder: Path, limits: SessionLimits | None = None, max_sessions: int = 20, max_templates: int = 16
) -> AsyncIterator[House]:
    """A running supervisor."""
    house = House(folder, limits or SessionLimits(), max_sessions, max_templates)
    await house.supervisor.start()
    try:
        yield house
    finally:
        await house.supervisor.stop()
        house.sockets.cleanup()


class Player:
    """A client of one session."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._protocol = Protocol(CLIENT, state=OPEN)
        self.messages: list[FromServer] = []
        self.frames: list[Frame] = []
        self.closed: tuple[int, str] | None = None
        self.is_gone = False
        self._seq = 0

    def greet(self) -> None:
        self.say(
            type="hello", page_load="p", played_by="scripted", client={}, client_us=1, utc_ms=2, clock_step_us=1
        )  # fmt: skip

    def say(self, **message: Any) -> None:
        self._protocol.send_text(json.dumps(message).encode())
        self._writer.writelines(self._protocol.data_to_send())

    def press(self, code: str) -> None:
        self._seq += 1
        self.say(
            type="input", seq=self._seq, kind="down", code=code, key=code, held=[code], client_us=1, shown_step=0
        )  # fmt: skip

    async def until(self, condition: Any, timeout_s: float = 20.0) -> None:
        """Read until `condition()` holds; a session that is gone before that fails the test."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                assert not self.is_gone, f"the session was gone before that; {self._describe_newest()}"
                await self._read()

    async def until_gone(self, timeout_s: float = 20.0) -> None:
        """Read until the session is gone, which must have died: one that ends in order says a close first (LIVE-6)."""
        async with asyncio.timeout(timeout_s):
            while not self.is_gone:
                await self._read()
        assert self.closed is None, f"the session did not die; {self._describe_newest()}"

    async def _read(self) -> None:
        try:
            data = await self._reader.read(65536)
        except ConnectionError:  # its process ended with something of ours unread
            data = b""
        if not data:
            self.is_gone = True
            return
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            assert isinstance(event, WebSocketFrame)
            self._take(event.opcode, bytes(event.data))
        self._writer.writelines(self._protocol.data_to_send())

    def _describe_newest(self) -> str:
        message = self.messages[-1] if self.messages else None
        return f"newest picture: {self.step}, newest message: {message}, close: {self.closed}"

    def _take(self, opcode: Opcode, body: bytes) -> None:
        if opcode is Opcode.BINARY:
            self.frames.append(parse_frame(body))
        elif opcode is Opcode.CLOSE:
            assert self._protocol.close_rcvd is not None
            self.closed = self._protocol.close_rcvd.code, self._protocol.close_rcvd.reason
        elif (message := parse_server_message(body)) is not None:
            self.messages.append(message)
            if isinstance(message, Welcome):
                self._seq = max(self._seq, message.last_input_seq)

    @property
    def step(self) -> int:
        return self.frames[-1].step if self.frames else -1

    def newest(self, kind: type[Any]) -> Any:
        return next((m for m in reversed(self.messages) if isinstance(m, kind)), None)
