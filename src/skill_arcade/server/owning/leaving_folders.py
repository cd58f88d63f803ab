"""How the journals of an episode leave their place: whole, as half of them would look like a game without an end."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path


def remove_folder(folder: Path, removed: Path) -> None:
    """Remove an episode's journals.

    Args:
        folder: of the episode.
        removed: where it is while it is being removed; on the same disk.
    """
    shutil.rmtree(take_away_folder(folder, removed), ignore_errors=True)  # what stays is removed with the next start


def take_away_folder(folder: Path, removed: Path) -> Path:
    """Take an episode's journals away, to be removed; where they are then.

    Args:
        folder: of the episode.
        removed: where they go; on the same disk. What is in there is removed with the next start.
    """
    removed.mkdir(exist_ok=True)
    target = removed / folder.name
    shutil.rmtree(target, ignore_errors=True)
    folder.rename(target)
    sync_folder(folder.parent)  # or a power loss brings it back, half removed
    return target


def put_aside_folder(folder: Path, set_aside: Path, now: datetime) -> Path:
    """Move journals out of the way that belong to nothing any more, and keep them; where they are then.

    Args:
        folder: of the episode.
        set_aside: where they go; on the same disk.
        now: by this they are told from others of the same episode.
    """
    set_aside.mkdir(exist_ok=True)
    target = set_aside / f"{folder.name}.{now:%Y%m%dT%H%M%S.%f}"
    folder.rename(target)
    sync_folder(set_aside)
    return target


def sync_folder(folder: Path) -> None:
    """Get the names in a folder onto the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
