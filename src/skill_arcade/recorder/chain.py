"""The epochs of an episode, from the one that counts back to the first (REC-31)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from skill_arcade.domain.errors import EpisodeNotFound, JournalCorrupt, RecordingError
from skill_arcade.recorder.adoption import Adoption, parse_adoption
from skill_arcade.recorder.journal import journal_path
from skill_arcade.recorder.records import RecordKind, parse_json
from skill_arcade.recorder.scanning import scan_journal

FORMAT = 1
"""The `format` of OPEN that this program writes and reads (REC-16)."""

_JOURNAL_NAME = re.compile(r"(\d{6})\.journal")


@dataclass(frozen=True, slots=True)
class Opening:
    """The OPEN record of an epoch (REC-16)."""

    path: Path
    epoch: int
    episode_id: UUID
    adopts: Adoption | None
    provenance: Mapping[str, Any]


def list_epochs(folder: Path) -> list[int]:
    """The epochs that were begun, also those without a readable OPEN, lowest first."""
    names = (_JOURNAL_NAME.fullmatch(path.name) for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted(int(match[1]) for match in names if match)


def find_next_epoch(folder: Path) -> int:
    """The number that the next writer takes: above every epoch that was ever begun here."""
    epochs = list_epochs(folder)
    return epochs[-1] + 1 if epochs else 1


def read_chain(folder: Path) -> list[Opening]:
    """The epochs that make the episode, oldest first.

    Raises:
        EpisodeNotFound: no journal here has a complete OPEN.
        RecordingError: an epoch that is needed is missing, or a newer version of this program wrote it.
    """
    newest = next(_openings(folder), None)
    if newest is None:
        raise EpisodeNotFound(folder.name)
    chain = [newest]
    while (adopts := chain[-1].adopts) is not None:
        older = _read_opening(folder, adopts.epoch) if adopts.epoch < chain[-1].epoch else None
        if older is None:
            raise RecordingError(f"{chain[-1].path} goes on from epoch {adopts.epoch}, which cannot be read.")
        chain.append(older)
    chain.reverse()
    return chain


def _openings(folder: Path) -> Iterator[Opening]:
    for epoch in reversed(list_epochs(folder)):
        opening = _read_opening(folder, epoch)
        if opening is not None:
            yield opening


def _read_opening(folder: Path, epoch: int) -> Opening | None:
    """The OPEN of one epoch; None if there is none that is complete and belongs to this file."""
    path = journal_path(folder, epoch)
    if not path.exists():
        return None
    scan = scan_journal(path)
    first = next(iter(scan), None)
    if first is None or first.kind is not RecordKind.OPEN or scan.episode_id is None or scan.epoch != epoch:
        return None
    try:
        return _parse_opening(path, epoch, scan.episode_id, parse_json(first.body))
    except JournalCorrupt:
        return None


def _parse_opening(path: Path, epoch: int, episode_id: UUID, members: Mapping[str, Any]) -> Opening | None:
    if members.get("format") != FORMAT:
        raise RecordingError(f"{path} has format {members.get('format')!r}; this program reads {FORMAT}.")
    provenance = members.get("provenance")
    is_of_this_file = members.get("epoch") == epoch and members.get("episode_id") == str(episode_id)
    if not is_of_this_file or not isinstance(provenance, dict):
        return None
    return Opening(path, epoch, episode_id, parse_adoption(members.get("adopts")), provenance)


def has_begun(folder: Path) -> bool:
    """Whether there is a record of the episode: a journal with a whole OPEN, or one that cannot be read."""
    try:
        read_chain(folder)
    except (EpisodeNotFound, FileNotFoundError):
        return False
    except RecordingError:
        return True
    return True
