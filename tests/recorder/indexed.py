"""What the index knows of the counting game's episode, and how it comes there."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.recorder.recordings import EPISODE

from skill_arcade.database.episodes import EpisodeRow, fetch_episode, fetch_keys
from skill_arcade.database.steps import StepRow, fetch_steps
from skill_arcade.database.transactions import Database
from skill_arcade.recorder.shipper import Shipper

NOW = datetime(2026, 2, 1, tzinfo=UTC)


def read_episode(database: Database) -> EpisodeRow:
    with database.read() as session:
        row = fetch_episode(session, EPISODE)
    assert row is not None
    return row


def read_steps(database: Database) -> list[StepRow]:
    with database.read() as session:
        return list(fetch_steps(session, fetch_keys(session, [EPISODE])[EPISODE]))


def ship(shipper: Shipper) -> None:
    shipper.sync()
    shipper.write_rows()
