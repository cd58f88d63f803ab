"""`skill-arcade episodes`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from skill_arcade.cli.options import add_data_option, add_json_option, positive
from skill_arcade.cli.table import print_json, print_table
from skill_arcade.dataset import Dataset, Episode
from skill_arcade.domain.episode import Status
from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.damage_told import find_damage_told
from skill_arcade.server.recordings import open_recordings
from skill_arcade.server.settings import read_settings

COLUMNS = ("episode_id", "game_id", "started_utc", "played_by", "n_steps", "score", "status", "verification")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    add_data_option(parser)
    parser.add_argument("--game", metavar="GAME", help="only of this game")
    parser.add_argument("--status", choices=[status.value for status in Status], help="only with this status")
    parser.add_argument("--limit", type=positive, metavar="N", help="at most so many")
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """List what the recordings say; the database is not asked. Exit status 3 when one could not be read."""
    dataset = open_recordings(read_settings(data=arguments.data))
    unreadable: list[str] = []
    rows = list(islice(_rows(dataset, arguments, unreadable), arguments.limit))
    if arguments.json:
        print_json(rows)
    elif rows:
        print_table(rows, COLUMNS)
    else:
        print("no episodes")
    for row in rows:
        if row["damage"] is not None:
            print(f"{row['episode_id']}: {row['damage']}", file=sys.stderr)
    for sentence in unreadable:
        print(f"not readable: {sentence}", file=sys.stderr)
    return 3 if unreadable else 0


def _rows(dataset: Dataset, arguments: argparse.Namespace, unreadable: list[str]) -> Iterator[dict[str, Any]]:
    """A row for each episode that is asked for; a sentence for each that cannot be read."""
    for episode in dataset.episodes(lambda episode_id, error: unreadable.append(f"{episode_id}: {error}")):
        try:
            info = episode.info
        except RecordingError as error:
            unreadable.append(f"{episode.id}: {error}")
            continue
        if arguments.game not in (None, info.game_id) or arguments.status not in (None, info.status):
            continue
        yield _row_of(episode)


def _row_of(episode: Episode) -> dict[str, Any]:
    row = episode.info.row
    told = {name: row.get(name) for name in (*COLUMNS, "user", "attempt_index", "end_reason", "metric", "seed")}
    return {
        **told,
        "started_utc": row["started_utc"].strftime("%Y-%m-%d %H:%M:%S"),
        "sealed": episode.is_sealed,
        "verification_detail": row.get("verification_detail"),
        "damage": find_damage_told(row.get("verification_detail")),
    }
