"""The web application, put together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware

from skill_arcade import __version__
from skill_arcade.server.http import (
    auth,
    episodes,
    games,
    health,
    installation,
    observations,
    own_games,
    play_tickets,
    scores,
)
from skill_arcade.server.http.access_log import AccessLog
from skill_arcade.server.http.body_limit import BodyLimit
from skill_arcade.server.http.game_answers import GameAnswers
from skill_arcade.server.http.origins import OriginGuard
from skill_arcade.server.http.problems import Problem, add_problem_handlers
from skill_arcade.server.http.refusal_counts import RefusalCounts
from skill_arcade.server.http.security_headers import SecurityHeaders
from skill_arcade.server.http.web_app import STATIC, WebApp
from skill_arcade.server.services import Services
from skill_arcade.server.status_board import StatusBoard

DESCRIPTION = "People play reinforcement-learning environments in the browser; every step is recorded."


def create_app(
    services: Services,
    *,
    routers: Sequence[APIRouter] = (),
    static: Path = STATIC,
    refusals: RefusalCounts | None = None,
    board: StatusBoard | None = None,
) -> FastAPI:
    """The application.

    Args:
        services: what its endpoints work with.
        routers: more endpoints, the play socket's for one.
        static: the folder of the built web app; it may be missing.
        refusals: where what is refused is counted.
        board: where the server's processes say how they do.
    """
    app = create_api()
    app.state.services = services
    app.state.board = board
    app.state.game_answers = GameAnswers(services.catalogue, services.conditions)
    for router in routers:
        app.include_router(router)
    settings = services.settings
    # The last one added is the outermost: whatever is refused within is logged and has the headers too.
    app.add_middleware(BodyLimit)
    app.add_middleware(WebApp, static=static)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "POST", "PUT"],
            allow_headers=["Authorization", "Content-Type"],
        )
    app.add_middleware(
        OriginGuard,
        is_local=settings.is_local,
        allowed_hosts=settings.allowed_hosts,
        allowed_origins=settings.allowed_origins,
    )
    app.add_middleware(SecurityHeaders)
    app.add_middleware(AccessLog, refusals=refusals)
    return app


def create_api() -> FastAPI:
    """The endpoints alone, for their description; they work only within `create_app`."""
    app = FastAPI(
        title="Skill Arcade",
        version=__version__,
        description=DESCRIPTION,
        # Their pages load scripts from elsewhere, which our own policy forbids.
        docs_url=None,
        redoc_url=None,
        # The default validation error has another shape than ours.
        responses={422: {"model": Problem, "description": "`bad_request`"}},
        generate_unique_id_function=lambda route: route.name,
    )
    for room in (auth, games, scores, own_games, play_tickets, episodes, observations, installation, health):
        app.include_router(room.router)
    add_problem_handlers(app)
    return app
