"""Queries about what a person has set for a game: a favourite or not, keys of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from skill_arcade.database.tables import OwnGame
from skill_arcade.database.transactions import ReadSession, UnitOfWork


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """What a person has set for one game; of a game for which nothing was set, the defaults.

    Attributes:
        favourite: whether it is one.
        keys: key of the game to the one that stands in for it.
    """

    favourite: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)


def fetch_own_settings(session: ReadSession, user_id: UUID, game_id: str | None = None) -> dict[str, OwnSettings]:
    """What the person has set, by game; only of `game_id` if that is given."""
    statement = select(OwnGame).where(OwnGame.user_id == user_id)
    if game_id is not None:
        statement = statement.where(OwnGame.game_id == game_id)
    return {row.game_id: OwnSettings(row.favourite, row.keys) for row in session.all(statement)}


def change_own_settings(
    work: UnitOfWork,
    user_id: UUID,
    game_id: str,
    now: datetime,
    *,
    favourite: bool | None = None,
    keys: Mapping[str, str] | None = None,
) -> None:
    """Set what is given; what is None stays as it is."""
    changed: dict[str, Any] = {}
    if favourite is not None:
        changed["favourite"] = favourite
    if keys is not None:
        changed["keys"] = dict(keys)
    if not changed:
        return
    new = {"user_id": user_id, "game_id": game_id, "favourite": False, "keys": {}, "time_updated": now}
    work.insert_if_absent(OwnGame, [new])
    mine = (col(OwnGame.user_id) == user_id, col(OwnGame.game_id) == game_id)
    work.run(update(OwnGame).where(*mine).values({**changed, "time_updated": now}))
