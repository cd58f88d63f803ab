"""Where the processes of one server meet: a folder for their Unix sockets, outside of the data."""

from __future__ import annotations

import os
import tempfile
import uuid
from pathlib import Path

SHORT_FOLDER = "/tmp"  # noqa: S108 - in there `mkdtemp` makes a folder that nobody else can enter
"""Where it is if the usual folder for temporary files is deep, as on macOS."""

_PREFIX = "skill-arcade-"

DEEPEST_BYTES = 103 - len(f"/{_PREFIX}12345678/{uuid.UUID(int=0).hex}.sock")
"""The longest path of a folder for temporary files: a socket's own has at most 103 bytes (macOS; Linux: 107)."""


def make_socket_folder() -> Path:
    """A new folder of this user alone, with a path that is short enough for the sockets of sessions."""
    usual = tempfile.gettempdir()
    is_deep = len(os.fsencode(usual)) > DEEPEST_BYTES
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=SHORT_FOLDER if is_deep else usual))
