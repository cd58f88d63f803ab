"""Whether a server uses a data folder at this moment; asked without getting in its way."""

from __future__ import annotations

import fcntl

from skill_arcade.server.data_folder import LOCK_FILE, DataFolder


def find_occupant(folder: DataFolder) -> str | None:
    """The process that holds the folder's lock, as it wrote it there; None where nobody does."""
    try:
        file = (folder.root / LOCK_FILE).open("rb")
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return file.read().decode("ascii", "replace").strip() or "unknown"
    return None
