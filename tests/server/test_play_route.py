"""The play socket where the database is away: whoever comes is told so, by a close of the table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from skill_arcade.domain.errors import DataFolderError
from skill_arcade.server.away import AWAY
from skill_arcade.server.gateway import routes
from skill_arcade.server.gateway.handover import Closing
from skill_arcade.server.gateway.routes import PlayDependencies, play_router
from skill_arcade.sessions.spec import Places, SessionSpec
from skill_arcade.sessions.supervision.control import ControlClient
from skill_arcade.wire.closes import Close
from skill_arcade.wire.limits import SUBPROTOCOL


def close_of(redeem: Callable[[str, str], SessionSpec]) -> tuple[int, str]:
    """How a socket is closed for one who comes with a ticket: code and reason."""
    dependencies = PlayDependencies(
        redeem=redeem,
        resume_token=lambda _episode_id: "token",
        bring_here=lambda spec: spec,
        forget_unbegun=fail,
        control=ControlClient(Path("nobody listens here")),
        places=Places(Path(), Path()),
    )
    app = FastAPI()
    app.include_router(play_router(dependencies))
    with TestClient(app).websocket_connect("/ws/Hanoi.v0?token=x", subprotocols=[SUBPROTOCOL]) as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        return closed.value.code, closed.value.reason


def fail(*_: str | UUID) -> None:
    raise DataFolderError("The database /secret/place cannot be used: it is away.")


def test_a_ticket_that_cannot_be_looked_at_closes_with_a_word_and_the_player_comes_again() -> None:
    """LIVE-70."""

    def redeem(_ticket: str, _game_id: str) -> SessionSpec:
        raise DataFolderError("The database /secret/place cannot be used: it is away.")

    assert close_of(redeem) == (Close.RESTARTING, f"restarting: {AWAY}")


def test_a_refusal_is_told_although_the_index_cannot_be_told_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """LIVE-70."""
    refusal = Closing.of(Close.SESSION_LOST, "The game does not begin.", is_refusal=True)

    async def refuse(*_: object) -> Closing:
        return refusal

    monkeypatch.setattr(routes, "hand_over", refuse)
    spec = SessionSpec(episode_id=uuid4(), provenance={})
    assert close_of(lambda _ticket, _game_id: spec) == (refusal.close, refusal.reason)
