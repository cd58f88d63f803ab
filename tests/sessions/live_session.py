"""A real supervisor with real session processes, and a client that speaks to a session's Unix socket directly."""

from __future__ import annotations

import asyncio
import json
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from skill_arcade.games.catalogue import BUILT_IN_FOLDER, Catalogue
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.sessions.control import ControlClient, SessionStatus
from skill_arcade.sessions.spec import Places, SessionLimits, SessionSpec
from skill_arcade.sessions.supervisor import Supervisor
from skill_arcade.wire.frame import Frame, parse_frame
from skill_arcade.wire.from_server import FromServer, Welcome, parse_server_message
from skill_arcade.wire.local import LocalKind, LocalReader, encode_local, parse_close

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

    @asynccontextmanager
    async def player(self, spec: SessionSpec, *, reattached: bool = False) -> AsyncIterator[Player]:
        await self.control.ensure(spec)
        path = str(self.places.session_socket(spec.episode_id))
        reader, writer = await asyncio.open_unix_connection(path)
        player = Player(reader, writer)
        player.attach(reattached=reattached)
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
    """A client at the session's own socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._local = LocalReader()
        self.messages: list[FromServer] = []
        self.frames: list[Frame] = []
        self.closed: tuple[int, str] | None = None
        self.is_gone = False
        self._seq = 0

    def attach(self, *, reattached: bool) -> None:
        body = json.dumps({"resume_token": "t", "reattached": reattached}).encode()
        self._writer.write(encode_local(LocalKind.ATTACH, body))
        self.say(
            type="hello", page_load="p", played_by="scripted", client={}, client_us=1, utc_ms=2, clock_step_us=1
        )  # fmt: skip

    def say(self, **message: Any) -> None:
        self._writer.write(encode_local(LocalKind.TEXT, json.dumps(message).encode()))

    def press(self, code: str) -> None:
        self._seq += 1
        self.say(
            type="input", seq=self._seq, kind="down", code=code, key=code, held=[code], client_us=1, shown_step=0
        )  # fmt: skip

    async def until(self, condition: Any, timeout_s: float = 20.0) -> None:
        """Read until `condition()` holds or the session is gone."""
        async with asyncio.timeout(timeout_s):
            while not condition() and not self.is_gone:
                data = await self._reader.read(65536)
                self.is_gone = not data
                for message in self._local.feed(data):
                    self._take(message.kind, message.body)

    def _take(self, kind: LocalKind, body: bytes) -> None:
        if kind is LocalKind.BINARY:
            self.frames.append(parse_frame(body))
        elif kind is LocalKind.CLOSE:
            self.closed = parse_close(body)
        elif (message := parse_server_message(body)) is not None:
            self.messages.append(message)
            if isinstance(message, Welcome):
                self._seq = max(self._seq, message.last_input_seq)

    @property
    def step(self) -> int:
        return self.frames[-1].step if self.frames else -1

    def newest(self, kind: type[Any]) -> Any:
        return next((m for m in reversed(self.messages) if isinstance(m, kind)), None)
