"""`WS /ws/{game_id}?token=…`: who may play, told before any game is touched (LIVE-4, LIVE-5)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from skill_arcade.domain.errors import DataFolderError, TicketRefused, UnknownGame
from skill_arcade.domain.log_line import about
from skill_arcade.server.away import AWAY
from skill_arcade.server.gateway.handover import BringHere, Closing, hand_over
from skill_arcade.sessions.spec import Places, SessionSpec
from skill_arcade.sessions.supervision.control import ControlClient
from skill_arcade.wire.closes import Close
from skill_arcade.wire.limits import SUBPROTOCOL

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlayDependencies:
    """What the play socket needs of the other rooms.

    Attributes:
        redeem: (ticket, game id) to the session to play; blocks; raises TicketRefused, UnknownGame or DataFolderError.
        resume_token: episode to its resume token.
        bring_here: (spec) to the spec to go on with, once this server has the episode; blocks.
        forget_unbegun: takes a new episode out of the index unless there is a record; blocks; raises DataFolderError.
        control: the supervisor.
        places: where sessions listen.
    """

    redeem: Callable[[str, str], SessionSpec]
    resume_token: Callable[[UUID], str]
    bring_here: BringHere
    forget_unbegun: Callable[[UUID], None]
    control: ControlClient
    places: Places


def play_router(dependencies: PlayDependencies) -> APIRouter:
    """The router with the one route of this room."""
    router = APIRouter()

    @router.websocket("/ws/{game_id}")
    async def play(websocket: WebSocket, game_id: str, token: str = "") -> None:
        # Where the client was faster than an answer, nothing is left to be done.
        with suppress(WebSocketDisconnect):
            await _play(websocket, game_id, token, dependencies)

    return router


async def _play(websocket: WebSocket, game_id: str, token: str, dependencies: PlayDependencies) -> None:
    # Pages from elsewhere do not come here: `http.origins.OriginGuard` has refused them.
    offered: list[str] = websocket.scope["subprotocols"]
    if SUBPROTOCOL not in offered:
        # A browser drops a socket whose subprotocol nobody selected, and the close code with it: so select,
        # then close.
        await websocket.accept(offered[0] if offered else None)
        await _close(websocket, Closing.of(Close.WRONG_SUBPROTOCOL, f"this server speaks {SUBPROTOCOL}"))
        return
    await websocket.accept(SUBPROTOCOL)
    try:
        spec = await asyncio.to_thread(dependencies.redeem, token, game_id)
    except TicketRefused as error:
        await _close(websocket, Closing.of(Close.TICKET_REFUSED, str(error)))
        return
    except UnknownGame as error:
        await _close(websocket, Closing.of(Close.UNKNOWN_GAME, str(error)))
        return
    except DataFolderError as error:
        # Nothing has begun, and whoever comes again asks for another ticket.
        logger.error("a ticket cannot be looked at: %s", error)  # noqa: TRY400 - no bug of ours
        await _close(websocket, Closing.of(Close.RESTARTING, AWAY))
        return
    closing = await hand_over(
        websocket,
        spec,
        dependencies.places.session_socket(spec.episode_id),
        dependencies.resume_token(spec.episode_id),
        dependencies.control,
        dependencies.bring_here,
    )
    if closing is not None and closing.is_refusal and spec.provenance is not None:
        await _forget_unbegun(dependencies, spec.episode_id)
    if closing is not None:
        await _close(websocket, closing)


async def _forget_unbegun(dependencies: PlayDependencies, episode_id: UUID) -> None:
    try:
        await asyncio.to_thread(dependencies.forget_unbegun, episode_id)
    except DataFolderError as error:
        # Those that have not begun are looked for again: its player is to be told now why there is no game.
        logger.warning("%s stays in the index for now: %s", episode_id, error, extra=about(episode_id))


async def _close(websocket: WebSocket, closing: Closing) -> None:
    try:
        await websocket.close(closing.close, closing.reason)
    except RuntimeError:
        # The client was faster: nothing is left to be closed.
        return
