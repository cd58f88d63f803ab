"""`WS /ws/{game_id}?token=…`: who may play, told before any game is touched (LIVE-4, LIVE-5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from skill_arcade.domain.errors import TicketRefused, UnknownGame
from skill_arcade.server.gateway.handover import BringHere, Closing, hand_over
from skill_arcade.sessions.spec import Places, SessionSpec
from skill_arcade.sessions.supervision.control import ControlClient
from skill_arcade.wire.closes import Close
from skill_arcade.wire.limits import SUBPROTOCOL


@dataclass(frozen=True, slots=True)
class PlayDependencies:
    """What the play socket needs of the other rooms.

    Attributes:
        redeem: (ticket, game id) to the session to play; blocks; raises TicketRefused or UnknownGame.
        resume_token: episode to its resume token.
        bring_here: (spec) to the spec to go on with, once this server has the episode; blocks.
        forget_unbegun: takes a new episode out of the index if there is no record of it; blocks.
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
    closing = await hand_over(
        websocket,
        spec,
        dependencies.places.session_socket(spec.episode_id),
        dependencies.resume_token(spec.episode_id),
        dependencies.control,
        dependencies.bring_here,
    )
    if closing is not None and closing.is_refusal and spec.provenance is not None:
        await asyncio.to_thread(dependencies.forget_unbegun, spec.episode_id)
    if closing is not None:
        await _close(websocket, closing)


async def _close(websocket: WebSocket, closing: Closing) -> None:
    try:
        await websocket.close(closing.close, closing.reason)
    except RuntimeError:
        # The client was faster: nothing is left to be closed.
        return
