"""The games there are, and their pictures. Nobody needs to be logged in to look."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response

from skill_arcade.domain.errors import UnknownGame
from skill_arcade.domain.png import encode_png
from skill_arcade.server.http.dependencies import GameAnswersHere, ServicesHere
from skill_arcade.server.http.game_answers import GameAnswer, GameList
from skill_arcade.server.http.packed_body import PackedBody
from skill_arcade.server.http.problems import responses

router = APIRouter(prefix="/games", tags=["games"])

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "As the `ETag` in `If-None-Match` says."}}


@router.get("", response_model=GameList, responses=UNCHANGED)
def list_games(request: Request, answers: GameAnswersHere) -> Response:
    """All games, in the order in which they are offered."""
    return answers.read_all().answer(request.headers)


@router.get("/{game_id}", response_model=GameAnswer, responses={**UNCHANGED, **responses(UnknownGame)})
def read_game(game_id: str, request: Request, answers: GameAnswersHere) -> Response:
    """One game."""
    return answers.read_one(game_id).answer(request.headers)


@router.get(
    "/{game_id}/picture.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **UNCHANGED, **responses(UnknownGame)},
)
def read_game_picture(game_id: str, request: Request, services: ServicesHere) -> Response:
    """A picture of the game, painted by its environment; a plain one as long as there is none."""
    game = services.catalogue.get(game_id)
    png = services.conditions.read_picture(game_id)
    if png is None:
        plain = _plain_picture(game.picture.width, game.picture.height)
        return Response(plain, media_type="image/png", headers={"Cache-Control": "no-store"})
    return PackedBody.make(png, "image/png").answer(request.headers, "public, max-age=3600")


@lru_cache(maxsize=64)
def _plain_picture(width: int, height: int) -> bytes:
    """Dark, with a lighter frame: there is a game, and no picture of it."""
    rgb = np.full((height, width, 3), 40, dtype=np.uint8)
    border = max(1, min(width, height) // 40)
    rgb[border:-border, border:-border] = 20
    return encode_png(rgb)
