"""Where the processes of one server say how they do, each for itself, for whoever watches the server.

A small file for each process beside the sockets. Nobody waits for anybody: a process that is busy, hangs or has died is
known by the age of its last word.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

Fact = float | int | str
"""One thing that a process says; a number is in the unit that its name ends with."""

AGE = "age_s"
"""Of what `StatusBoard.read` adds: for how long the process has said nothing."""

_POSTED = "posted_s"
_SUFFIX = ".status"

log = logging.getLogger(__name__)


class StatusBoard:
    """Posts and reads; several processes may do both at once."""

    def __init__(self, folder: Path, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        """Use a folder.

        Args:
            folder: of the server's sockets: nobody else can enter it, and it goes when the server does.
            monotonic_s: a clock that all processes of this machine share.
        """
        self._folder = folder
        self._monotonic_s = monotonic_s

    def post(self, process: str, facts: Mapping[str, Fact]) -> None:
        """Say how a process does, in place of what it said before. Where that fails, its last word grows old.

        Args:
            process: its name, with a number where there are several: "gateway-1".
            facts: by name.
        """
        said = {**facts, _POSTED: self._monotonic_s()}
        unfinished = self._folder / f".{process}.{os.getpid()}"
        try:
            unfinished.write_text(json.dumps(said), encoding="ascii")
            unfinished.replace(self._folder / f"{process}{_SUFFIX}")
        except OSError as error:
            log.debug("%s cannot say how it does: %s", process, error)

    def read(self) -> dict[str, dict[str, Fact]]:
        """What each process has said last, and `AGE`; those that never said anything are not there."""
        words = {path.name.removesuffix(_SUFFIX): _read(path) for path in sorted(self._folder.glob(f"*{_SUFFIX}"))}
        now_s = self._monotonic_s()
        return {process: _with_age(said, now_s) for process, said in words.items() if said}


def _with_age(said: Mapping[str, Fact], now_s: float) -> dict[str, Fact]:
    facts = {name: fact for name, fact in said.items() if name != _POSTED}
    return {**facts, AGE: max(0.0, now_s - float(said[_POSTED]))}


def _read(path: Path) -> dict[str, Fact]:
    """Empty where the file is gone, as at the end of the server."""
    try:
        said: dict[str, Fact] = json.loads(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return {}
    return said
