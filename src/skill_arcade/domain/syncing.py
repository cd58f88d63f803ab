"""Getting a file, or the names in a folder, onto the disk: what was only written a power loss takes."""

from __future__ import annotations

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Get what is in a file onto the disk, whoever wrote it. Its name is there only once its folder is synced.

    Raises:
        OSError: it is not known how much of it is on the disk; another sync of the same file would not tell.
    """
    _sync(path, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """Get the names in a folder onto the disk: files that were made, renamed or removed there.

    Raises:
        OSError: they may come back, or be gone.
    """
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
