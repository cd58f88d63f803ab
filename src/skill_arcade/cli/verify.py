"""`skill-arcade verify`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.cli.options import add_data_option, add_json_option
from skill_arcade.cli.table import print_json
from skill_arcade.dataset import Dataset, Episode, VerificationResult, open_dataset, verify_episodes
from skill_arcade.domain.episode import Verification
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.settings import Settings, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    add_data_option(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("episode", nargs="*", default=[], metavar="EPISODE", help="ids")
    which.add_argument("--all", action="store_true", help="every recorded episode")
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Replay each; exit status 3 when one led elsewhere than its recording."""
    settings = read_settings(data=arguments.data)
    results = [
        _tell(episode, result, as_json=arguments.json)
        for episode, result in verify_episodes(_chosen(open_dataset(settings.data), arguments))
    ]
    _note(settings, results)
    if arguments.json:
        print_json(results)
    return 3 if any(result["verification"] == Verification.MISMATCH for result in results) else 0


def _chosen(dataset: Dataset, arguments: argparse.Namespace) -> Iterable[Episode]:
    if arguments.all:
        return dataset.episodes()
    return (dataset.episode(episode_id) for episode_id in arguments.episode)


def _tell(episode: Episode, result: VerificationResult, *, as_json: bool) -> dict[str, Any]:
    if not as_json:
        detail = f": {result.detail}" if result.detail else f" ({result.n_steps} steps)"
        print(f"{episode.id}  {result.verification}{detail}", flush=True)
    return {
        "episode_id": str(episode.id),
        "verification": result.verification.value,
        "detail": result.detail,
        "first_bad_step": result.first_bad_step,
        "n_steps": result.n_steps,
    }


def _note(settings: Settings, results: list[dict[str, Any]]) -> None:
    """Tell the index, where there is one: a folder of recordings alone can be verified as well."""
    if settings.database_url is None and not DataFolder(settings.data).database.exists():
        return
    database = open_database(settings)
    try:
        index = EpisodeIndex(database, read_utc_clock)
        for result in results:
            if result["verification"] != Verification.PENDING:
                index.note_verification(UUID(result["episode_id"]), result["verification"], result["detail"])
    finally:
        database.dispose()
