"""`skill-arcade verify`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.cli.options import add_data_option, add_json_option
from skill_arcade.cli.table import print_json
from skill_arcade.dataset import Dataset, Episode, VerificationResult, verify_episodes
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import EpisodeNotFound, RecordingError
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.recordings import open_recordings
from skill_arcade.server.settings import Settings, read_settings

UNREADABLE = "unreadable"
"""Stands where the verdict would for an episode that cannot be read; the index is not told of it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    add_data_option(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("episode", nargs="*", default=[], metavar="EPISODE", help="ids")
    which.add_argument("--all", action="store_true", help="every recorded episode")
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Replay each; exit status 3 when one led elsewhere than its recording, or cannot be read."""
    settings = read_settings(data=arguments.data)
    dataset = open_recordings(settings)
    told = _Told(as_json=arguments.json)
    chosen = _choose(dataset, arguments, told)
    try:
        # A server may run, and seal meanwhile what was found in journals.
        for episode, result in verify_episodes(chosen, open_again=dataset.episode):
            told.add(str(episode.id), result)
    finally:  # also where it is stopped half-way
        if arguments.json:
            print_json(told.results)
        _note(settings, told.results)
    return 3 if any(each["verification"] in (Verification.MISMATCH, UNREADABLE) for each in told.results) else 0


class _Told:
    """What is told of each episode: printed at once, or gathered to be printed as JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self.results: list[dict[str, Any]] = []

    def add(self, episode_id: str, result: VerificationResult | RecordingError) -> None:
        members: dict[str, Any]
        if isinstance(result, RecordingError):
            members = {"verification": UNREADABLE, "detail": str(result), "first_bad_step": None, "n_steps": 0}
        else:
            members = {
                "verification": result.verification.value,
                "detail": result.detail,
                "first_bad_step": result.first_bad_step,
                "n_steps": result.n_steps,
            }
        self.results.append({"episode_id": episode_id, **members})
        if not self._as_json:
            detail = f": {members['detail']}" if members["detail"] else f" ({members['n_steps']} steps)"
            print(f"{episode_id}  {members['verification']}{detail}", flush=True)


def _choose(dataset: Dataset, arguments: argparse.Namespace, told: _Told) -> Iterable[Episode]:
    if arguments.all:
        return dataset.episodes(told.add)
    return _look_up(dataset, arguments.episode, told)


def _look_up(dataset: Dataset, ids: Iterable[str], told: _Told) -> list[Episode]:
    """All of them, before any is replayed: the last one may be mistyped."""
    found: list[Episode] = []
    unreadable: dict[str, RecordingError] = {}
    for episode_id in ids:
        try:
            found.append(dataset.episode(episode_id))
        except EpisodeNotFound:
            raise
        except RecordingError as error:
            unreadable[episode_id] = error
    for episode_id, why in unreadable.items():
        told.add(episode_id, why)
    return found


def _note(settings: Settings, results: Iterable[dict[str, Any]]) -> None:
    """Tell the index, where there is one: a folder of recordings alone can be verified as well."""
    if settings.database_url is None and not DataFolder(settings.data).database.exists():
        return
    database = open_database(settings)
    try:
        index = EpisodeIndex(database, read_utc_clock)
        for result in results:
            if result["verification"] not in (Verification.PENDING, UNREADABLE):
                index.note_verification(UUID(result["episode_id"]), result["verification"], result["detail"])
    finally:
        database.dispose()
