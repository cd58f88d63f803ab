"""Where everything lies: the keys of the object store and the folders of the data folder, in one place."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote
from uuid import UUID

_TABLE_KEY = re.compile(r"archive/(\w+)/game_id=([^/]+)/date=(\d{4}-\d\d-\d\d)/([0-9a-f-]{36})\.parquet")
_SPOOL_KEY = re.compile(r"spool/([^/]+)/(\d{12})\.seg")


STORE_ID_KEY = "store-id"
"""Of a small blob that tells this store from every other: by it two servers of one database see that they share it."""


class Table(StrEnum):
    """The tables of a sealed episode (REC-35) in the order in which they are written: EPISODES last."""

    SEGMENTS = "segments"
    CLOCK_SAMPLES = "clock_samples"
    STEPS = "steps"
    EVENTS = "events"
    FRAMES = "frames"
    EPISODES = "episodes"


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """Where the files of one sealed episode are.

    Attributes:
        game_id: the game.
        date: UTC date of the episode's start.
        episode_id: the episode.
    """

    game_id: str
    date: dt.date
    episode_id: UUID

    def key(self, table: Table) -> str:
        """The key of one of its files (REC-35)."""
        partition = f"game_id={quote(self.game_id, safe='')}/date={self.date.isoformat()}"
        return f"{table_prefix(table)}{partition}/{self.episode_id}.parquet"


def table_prefix(table: Table) -> str:
    """What the keys of all files of a table begin with."""
    return f"archive/{table}/"


def parse_table_key(key: str) -> tuple[Table, SealedPlace]:
    """What lies under a key of the archive.

    Raises:
        ValueError: it is none.
    """
    match = _TABLE_KEY.fullmatch(key)
    if match is None:
        raise ValueError(f"{key!r} is no key of a table")
    table, game_id, date, episode_id = match.groups()
    return Table(table), SealedPlace(unquote(game_id), dt.date.fromisoformat(date), UUID(episode_id))


def spool_prefix(machine: str = "") -> str:
    """What the keys of the journals that travel begin with (REC-33): of one machine, or of all."""
    return f"spool/{machine}/" if machine else "spool/"


def spool_key(machine: str, number: int) -> str:
    """The key of a machine's combined segment (REC-33); with twelve digits, keys sort as numbers do."""
    return f"{spool_prefix(machine)}{number:012d}.seg"


def parse_spool_key(key: str) -> tuple[str, int]:
    """Machine and number of a combined segment.

    Raises:
        ValueError: it is none.
    """
    match = _SPOOL_KEY.fullmatch(key)
    if match is None:
        raise ValueError(f"{key!r} is no key of a combined segment")
    return match[1], int(match[2])


def journals_folder(data_folder: Path) -> Path:
    """Where the folders of all journals are."""
    return data_folder / "journal"


def journal_folder(data_folder: Path, episode_id: UUID) -> Path:
    """The folder of one episode's journals (REC-10)."""
    return journals_folder(data_folder) / str(episode_id)
