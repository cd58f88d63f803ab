"""The process in which one episode is verified: an order on standard input, a result in the file it names."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from skill_arcade.archive.layout import SealedPlace
from skill_arcade.archive.local import LocalStore
from skill_arcade.dataset.dataset import open_journal_episode
from skill_arcade.dataset.episode import Episode
from skill_arcade.dataset.sealed_source import SealedSource
from skill_arcade.dataset.source import LocalEpisode
from skill_arcade.dataset.verification import replay_episode
from skill_arcade.domain.errors import RecordingError

_LOWEST_PRIORITY = 19


def open_local_episode(local: LocalEpisode) -> Episode:
    """The episode that was described to this process.

    Raises:
        RecordingError: it cannot be read.
    """
    unsealed = open_journal_episode(Path(local.journal)) if local.journal is not None else None
    if local.root is not None and local.place is not None:
        game_id, date, episode_id = local.place
        place = SealedPlace(game_id, dt.date.fromisoformat(date), UUID(episode_id))
        row = unsealed.info.row if unsealed is not None else None
        return Episode(place.episode_id, SealedSource(LocalStore(Path(local.root)), place, row))
    if unsealed is None:
        raise RecordingError("An episode lies in sealed files or in journals.")
    return unsealed


def main() -> None:
    """Verify one episode."""
    order: dict[str, Any] = json.load(sys.stdin)
    os.nice(_LOWEST_PRIORITY)  # people are playing on the same cores
    try:
        result = asdict(replay_episode(open_local_episode(LocalEpisode(**order["episode"]))))
    except RecordingError as error:
        result = {"unreadable": str(error)}
    path = Path(order["result"])
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(result))
    unfinished.rename(path)


if __name__ == "__main__":
    main()
