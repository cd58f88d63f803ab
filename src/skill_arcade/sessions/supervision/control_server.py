"""The Unix socket on which others ask the supervisor; the other side of `control`."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.sessions.spec import SessionSpec
from skill_arcade.sessions.supervision.control import MAX_LINE_BYTES, EpisodeOver, NoRoom
from skill_arcade.sessions.supervision.held_sessions import HeldSessions

log = logging.getLogger(__name__)


class ControlServer:
    """Answers questions, those of one connection in order."""

    def __init__(self, path: Path, sessions: HeldSessions) -> None:
        self._path = path
        self._sessions = sessions
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=MAX_LINE_BYTES)

    def stop(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                answer = await self._answer(json.loads(line))
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError) as error:
            log.warning("a question to the supervisor broke off: %s", error)
        finally:
            writer.close()

    async def _answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        match question["ask"]:
            case "ensure":
                return await self._answer_ensure(SessionSpec.from_json(question["spec"]))
            case "capacity":
                return asdict(self._sessions.capacity())
            case "admit":
                return asdict(self._sessions.admit(UUID(question["episode_id"]), UUID(question["person_id"])))
            case "put_aside":
                return {"is_left": await self._sessions.put_aside_one(UUID(question["episode_id"]))}
            case _:
                return {"sessions": [asdict(each) for each in self._sessions.status()]}

    async def _answer_ensure(self, spec: SessionSpec) -> dict[str, Any]:
        try:
            await self._sessions.ensure(spec)
        except EpisodeOver as over:
            return {"ended": msgspec.to_builtins(over.ended)}
        except NoRoom as error:
            return {"full": str(error)}
        except SkillArcadeError as error:
            return {"failed": str(error)}
        return {"ready": True}
