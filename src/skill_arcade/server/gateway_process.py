"""The process that answers HTTP and WebSockets, on a socket that another process holds and passes on."""

from __future__ import annotations

import logging
import socket
import threading
from pathlib import Path
from uuid import UUID

import uvicorn

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.server.app import create_app
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.gateway.play_protocol import PlayProtocol
from skill_arcade.server.gateway.routes import PlayDependencies, play_router
from skill_arcade.server.http.metrics import metrics_router
from skill_arcade.server.http.refusal_counts import RefusalCounts
from skill_arcade.server.logging_setup import set_up_logging
from skill_arcade.server.metrics.opening import open_exposition
from skill_arcade.server.metrics.poster import Poster
from skill_arcade.server.owning.takeover import Takeover
from skill_arcade.server.services import Services, open_services
from skill_arcade.server.settings import Settings, read_settings
from skill_arcade.server.status_board import StatusBoard
from skill_arcade.sessions.spec import Places, SessionSpec
from skill_arcade.sessions.supervision.control import ControlClient

log = logging.getLogger(__name__)

STOP_LIMIT_S = 8
"""Sockets get this long to be closed in order; a cloud's patience ends after ten seconds."""


def main(descriptor: int, number: int, sockets: Path) -> None:
    """Serve until the process is asked to stop.

    Args:
        descriptor: of a listening socket, inherited.
        number: of this gateway, from 1.
        sockets: the folder where supervisor and sessions listen.
    """
    settings = read_settings()
    set_up_logging("gateway", settings.log_level, settings.log_format)
    # The family is read from the socket itself: with a wrong one asyncio would leave TCP_NODELAY off, and
    # pictures would come in bursts.
    listener = socket.socket(fileno=descriptor)
    refusals = RefusalCounts()
    server = make_server(settings, sockets, refusals)
    poster = Poster(StatusBoard(sockets), f"gateway-{number}", refusals.describe)
    threading.Thread(target=poster.post_until, args=(threading.Event(),), daemon=True).start()
    server.run(sockets=[listener])


def make_server(settings: Settings, sockets: Path, refusals: RefusalCounts | None = None) -> uvicorn.Server:
    """The web server with the whole application.

    Args:
        settings: of this process.
        sockets: the folder where supervisor and sessions listen.
        refusals: where what is refused is counted.

    Raises:
        SkillArcadeError: data folder, database or games cannot be used.
    """
    places = Places(DataFolder(settings.data.resolve()).journals, sockets)
    control = ControlClient(places.supervisor_socket)
    services = open_services(settings, control)
    board = StatusBoard(sockets)
    app = create_app(
        services,
        routers=[
            play_router(_make_play_dependencies(services, control, places)),
            metrics_router(settings.metrics_token, open_exposition(services, board)),
        ],
        refusals=refusals,
        board=board,
    )
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws=PlayProtocol,
        ws_per_message_deflate=False,  # LIVE-7
        ws_ping_interval=None,  # sessions hold the sockets, and clients speak by themselves (LIVE-14)
        # Ours logs no query strings; uvicorn's would log tickets.
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_LIMIT_S,
    )
    return uvicorn.Server(config)


def _make_play_dependencies(services: Services, control: ControlClient, places: Places) -> PlayDependencies:
    index = EpisodeIndex(services.database, read_utc_clock, services.server_id)
    takeover = Takeover(
        services.database,
        services.store,
        services.server_id,
        services.folder.journal_places,
        utc_clock=read_utc_clock,
    )
    return PlayDependencies(
        redeem=lambda token, game_id: SessionSpec.from_json(services.tickets.redeem(token, game_id)),
        resume_token=services.secret.compute_resume_token,
        bring_here=lambda spec: _bring_here(takeover, spec),
        forget_unbegun=lambda episode_id: _forget_unbegun(index, places, episode_id),
        control=control,
        places=places,
    )


def _bring_here(takeover: Takeover, spec: SessionSpec) -> SessionSpec:
    """Only an episode that has begun can be elsewhere."""
    if spec.provenance is not None:
        return spec
    return SessionSpec(spec.episode_id, takeover.bring_here(spec.episode_id))


def _forget_unbegun(index: EpisodeIndex, places: Places, episode_id: UUID) -> None:
    """Without a record it would be called running for ever; the player was told why it is not."""
    if index.forget_unbegun(places.journals, only=episode_id):
        log.warning("%s never began", episode_id, extra=about(episode_id))
