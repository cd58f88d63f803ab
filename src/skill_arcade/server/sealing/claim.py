"""Being the only one that seals an episode, of all threads and processes of a machine."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def claimed(folder: Path) -> Iterator[bool]:
    """Hold an episode's folder, unless another does, or it is gone; whether it is held.

    The lock is on the folder itself: it leaves nothing behind, moves along with it, and ends with its process.

    Raises:
        OSError: the folder may not be opened.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        yield False
        return
    try:
        yield _try_lock(descriptor) and _is_still_there(descriptor, folder)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still_there(descriptor: int, folder: Path) -> bool:
    """Whether the folder that is held has its place; whoever held it before may have taken it away."""
    try:
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    except FileNotFoundError:
        return False
