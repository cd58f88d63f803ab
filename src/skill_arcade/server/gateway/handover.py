"""Gives a player's socket to the session of its episode. From then on no gateway is between the two."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from starlette.websockets import WebSocket

from skill_arcade.domain.errors import DataFolderError, EpisodeNotFound, StoreAway
from skill_arcade.domain.log_line import about
from skill_arcade.server.away import AWAY
from skill_arcade.server.gateway.play_protocol import PlayProtocol
from skill_arcade.server.owning.takeover import NotLetGo
from skill_arcade.sessions.process.doorstep import encode_attachment
from skill_arcade.sessions.spec import SessionSpec
from skill_arcade.sessions.supervision.control import ControlClient, EpisodeOver, NoRoom, SessionFailed, SupervisorAway
from skill_arcade.wire.closes import Close, format_reason
from skill_arcade.wire.from_server import Notice, encode_server_message
from skill_arcade.wire.limits import HELLO_TIMEOUT_S

Result = TypeVar("Result")

_NOTICE_S = 0.05
"""A session that died a moment ago is noticed by the supervisor within about this."""

_PATIENCE_S = 0.5
"""A player who waits longer is told why."""

_KEPT_FOR_S = 1.0 if sys.platform == "darwin" else 0.0
"""macOS loses a descriptor that its sender closes before it has been received. Elsewhere nothing of a socket stays
here: its client learns at once when the session dies."""

_MOVING = ThreadPoolExecutor(64, "moving")
"""For bringing episodes here, which waits for other servers: not one of those threads in which tickets are redeemed."""

_REBUILDING = encode_server_message(
    Notice(code="rebuilding", text="Your game had a hiccup and is being put back; nothing is lost.")
).decode()

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Closing:
    """How a player's socket is to be closed.

    Attributes:
        close: the code.
        reason: the reason.
        is_refusal: whether there is no session, and none is about to come; a new episode has then not begun.
    """

    close: int
    reason: str
    is_refusal: bool = False

    @classmethod
    def of(cls, close: Close, sentence: str = "", *, is_refusal: bool = False) -> Closing:
        """A close of the table, with a sentence for a person."""
        return cls(close, format_reason(close, sentence), is_refusal)


BringHere = Callable[[SessionSpec], SessionSpec]
"""Makes this server the one that has the episode; the spec to go on with. It blocks."""


async def hand_over(
    websocket: WebSocket,
    spec: SessionSpec,
    session_socket: Path,
    resume_token: str,
    control: ControlClient,
    bring_here: BringHere,
) -> Closing | None:
    """Wait for the client's first word, see that there is a session, and give it the socket.

    Args:
        websocket: accepted.
        spec: of the session.
        session_socket: where it listens.
        resume_token: to be told to the client.
        control: starts the session where there is none.
        bring_here: fetches an episode to go on with from where it was played before.

    Returns:
        How to close the socket where it could not be given away; None where nothing is left to be done.
    """
    try:
        return await _hand_over(websocket, spec, session_socket, resume_token, control, bring_here)
    except EpisodeOver as over:
        await websocket.send_text(encode_server_message(over.ended).decode())
        return Closing.of(Close.ENDED, str(over))
    except (SessionFailed, EpisodeNotFound) as error:
        return Closing.of(Close.SESSION_LOST, str(error), is_refusal=True)
    except (StoreAway, DataFolderError) as error:
        logger.error("%s cannot be gone on with now: %s", spec.episode_id, error, extra=about(spec.episode_id))  # noqa: TRY400 - no bug of ours
        return Closing.of(Close.RESTARTING, AWAY)
    except (NotLetGo, SupervisorAway) as error:
        return Closing.of(Close.RESTARTING, str(error), is_refusal=isinstance(error, NoRoom))
    except ConnectionError:
        return None


async def _hand_over(
    websocket: WebSocket,
    spec: SessionSpec,
    session_socket: Path,
    resume_token: str,
    control: ControlClient,
    bring_here: BringHere,
) -> Closing | None:
    protocol = PlayProtocol.of(websocket)
    try:
        # A session begins for somebody who speaks. Not `wait_for`: before Python 3.12 it swallows a cancellation that
        # comes together with the result.
        async with asyncio.timeout(HELLO_TIMEOUT_S):
            await protocol.await_word()
    except TimeoutError:
        return Closing.of(Close.NO_HELLO, f"no hello came within {HELLO_TIMEOUT_S:.0f} seconds")
    spec = await _with_notice(websocket, spec, _in_thread(bring_here, spec))
    while True:
        await _with_notice(websocket, spec, control.ensure(spec))
        descriptor = await protocol.duplicate()
        asyncio.get_running_loop().call_later(_KEPT_FOR_S, os.close, descriptor)
        if _send(session_socket, encode_attachment(resume_token), descriptor):
            protocol.let_go()
            return None
        await asyncio.sleep(_NOTICE_S)


def _in_thread(bring_here: BringHere, spec: SessionSpec) -> Awaitable[SessionSpec]:
    return asyncio.get_running_loop().run_in_executor(_MOVING, bring_here, spec)


async def _with_notice(websocket: WebSocket, spec: SessionSpec, work: Awaitable[Result]) -> Result:
    """What `work` gives; a player who goes on with an episode and waits for long is told why."""
    done_later = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait([done_later], timeout=_PATIENCE_S)
        if not done and spec.provenance is None:
            await websocket.send_text(_REBUILDING)
        return await done_later
    finally:
        done_later.cancel()


def _send(session_socket: Path, attachment: bytes, descriptor: int) -> bool:
    """Pass the socket on; False if the session is gone, or has no room for another one now."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.settimeout(0)
        try:
            line.connect(str(session_socket))
            socket.send_fds(line, [attachment], [descriptor])
        except OSError:
            return False
    return True
