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
    add_games_if_missing(work, configs, now)
    for game in work.all(select(Game).where(col(Game.id).in_(list(configs)))):
        config = dict(configs[game.id])
        if game.config != config:
            game.config, game.time_updated = config, now
    work.flush()


def add_games_if_missing(work: UnitOfWork, configs: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
    """Make sure that episodes of these games can be indexed, without changing what is known of a game."""
    rows = [
        # Always in the same order: two servers that start at once would otherwise wait for each other for
        # ever.
        {"id": game_id, "config": dict(configs[game_id]), "time_created": now, "time_updated": now}
        for game_id in sorted(configs)
    ]
    work.insert_if_absent(Game, rows)
