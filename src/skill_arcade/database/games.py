"""Queries about the games that were offered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from skill_arcade.database.tables import Game
from skill_arcade.database.transactions import UnitOfWork


def keep_games(work: UnitOfWork, configs: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
    """Make the rows of these games say what their definitions say now; other rows stay as they are.

    Args:
        work: the transaction.
        configs: the definitions as JSON, by game id.
        now: becomes the time of what is new or has changed.
    """
    known = {game.id: game for game in work.all(select(Game).where(col(Game.id).in_(list(configs))))}
    for game_id, config in configs.items():
        game = known.get(game_id)
        if game is None:
            work.add(Game(id=game_id, config=dict(config), time_created=now, time_updated=now))
        elif game.config != config:
            game.config, game.time_updated = dict(config), now
    work.flush()


def add_game_if_missing(work: UnitOfWork, game_id: str, config: Mapping[str, Any], now: datetime) -> None:
    """Make sure that an episode of this game can be indexed, without changing what is known of the game."""
    if work.first(select(Game.id).where(Game.id == game_id)) is None:
        work.add(Game(id=game_id, config=dict(config), time_created=now, time_updated=now))
