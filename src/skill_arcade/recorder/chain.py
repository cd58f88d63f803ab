"""The epochs of an episode: their numbers (REC-32), and from the one that counts back to the first (REC-31)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from skill_arcade.domain.errors import EpisodeNotFound, JournalCorrupt, RecordingError
from skill_arcade.domain.generation import EPOCHS_OF_A_GENERATION
from skill_arcade.domain.syncing import sync_file, sync_folder
from skill_arcade.recorder.adoption import Adoption, parse_adoption
from skill_arcade.recorder.journal import journal_path
from skill_arcade.recorder.records import RecordKind, parse_json
from skill_arcade.recorder.scanning import scan_journal

FORMAT = 1
"""The `format` of OPEN that this program writes and reads (REC-16)."""

GENERATION_FILE = "generation"
"""In the folder of an episode that was taken over from another server: the generation's number, as text."""

_HIGHEST_EPOCH = 999_999
"""More digits no journal's name has (REC-10)."""

_JOURNAL_NAME = re.compile(r"(\d{6})\.journal")


class MissingEpoch(RecordingError):
    """An epoch that another goes on from is not there, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The OPEN record of an epoch (REC-16)."""

    path: Path
    epoch: int
    episode_id: UUID
    adopts: Adoption | None
    provenance: Mapping[str, Any]


def parse_episode_id(folder_name: str) -> UUID | None:
    """The episode whose journals are in a folder of this name (REC-10); None if it is no episode's."""
    try:
        episode_id = UUID(folder_name)
    except ValueError:
        return None
    return episode_id if str(episode_id) == folder_name else None


def list_epochs(folder: Path) -> list[int]:
    """The epochs that were begun, also those without a readable OPEN, lowest first."""
    names = (_JOURNAL_NAME.fullmatch(path.name) for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted(int(match[1]) for match in names if match)


def find_newest_epoch(folder: Path) -> int | None:
    """The highest epoch that was begun; None where there is none, or no folder. Quick: it is asked all the time.

    Raises:
        OSError: the folder cannot be looked into, which says nothing of any other.
    """
    try:
        names = os.listdir(folder)  # noqa: PTH208 - a Path for each file takes longer than the system call
        newest = max(filter(_JOURNAL_NAME.fullmatch, names), default=None)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return None if newest is None else int(newest[:6])


def find_next_epoch(folder: Path) -> int:
    """The number that the next writer takes: above every epoch that was ever begun here, in this server's block.

    Raises:
        RecordingError: all numbers of the block are used up, or the generation cannot be read.
    """
    epochs, generation = list_epochs(folder), read_generation(folder)
    epoch = max((epochs[-1] + 1 if epochs else 1), generation * EPOCHS_OF_A_GENERATION + 1)
    if generation_of(epoch) != generation or epoch > _HIGHEST_EPOCH:
        raise RecordingError(
            f"Episode {folder.name} cannot go on here: all {EPOCHS_OF_A_GENERATION - 1} epochs that this server has "
            "for it are used up. Another server can take it over."
        )
    return epoch


def generation_of(epoch: int) -> int:
    """How often the episode had been taken over by another server when this epoch was begun (REC-32)."""
    return epoch // EPOCHS_OF_A_GENERATION


def read_generation(folder: Path) -> int:
    """The generation in which this server owns the episode; 0 where it was begun here.

    Raises:
        RecordingError: the file cannot be read, or what is in it is no number.
    """
    try:
        text = (folder / GENERATION_FILE).read_text("ascii")
        generation = int(text)
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as error:
        raise RecordingError(f"{folder / GENERATION_FILE} holds no number: {error}.") from None
    if generation < 0:
        raise RecordingError(f"{folder / GENERATION_FILE} holds a negative number.")
    return generation


def write_generation(folder: Path, generation: int) -> None:
    """Tell the processes of this machine from which block the next epoch is to be taken; it is on the disk then.

    Args:
        folder: the episode's; made if it is not there.
        generation: what the database gave when the episode was taken over.
    """
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{GENERATION_FILE}.unfinished"
    unfinished.write_text(f"{generation}\n", "ascii")
    sync_file(unfinished)
    unfinished.replace(folder / GENERATION_FILE)
    sync_folder(folder)
    sync_folder(folder.parent)


def read_chain(folder: Path) -> list[Opening]:
    """The epochs that make the episode, oldest first.

    Raises:
        EpisodeNotFound: no journal here has a complete OPEN.
        MissingEpoch: an epoch that is needed is missing.
        RecordingError: a newer version of this program wrote one.
    """
    newest = next(_openings(folder), None)
    if newest is None:
        raise EpisodeNotFound(folder.name)
    chain = [newest]
    while (adopts := chain[-1].adopts) is not None:
        older = _read_opening(folder, adopts.epoch) if adopts.epoch < chain[-1].epoch else None
        if older is None:
            raise MissingEpoch(f"{chain[-1].path} goes on from epoch {adopts.epoch}, which cannot be read.")
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
