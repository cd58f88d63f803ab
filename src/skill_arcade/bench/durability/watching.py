"""Looks at what the pipeline has done with every episode, again and again: how many steps are safe, and in SQL."""

from __future__ import annotations

import os
import struct
import time
from collections import defaultdict
from pathlib import Path

from skill_arcade.bench.durability.freshness import Word
from skill_arcade.database.backlog import fetch_unsealed
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import SkillArcadeError

SAFETY_INTERVAL_S = 0.02
ROWS_INTERVAL_S = 0.2

ALL_STEPS = 1 << 62
"""Of an episode whose journal is gone, or whose row says that it is sealed: it is in the store, and in SQL (REC-37)."""

_SAFE_FILE = "safe"
_NUMBERS = struct.Struct("<QQ")


class SafetyWatch:
    """Reads the file by which sessions are told how far their records are safe (LIVE-60).

    So it is known when a step was safe, and not only when its player was told so: that is a quarter of a second later
    at most.

    Attributes:
        here: by episode, how many steps were on the disk of the machine, and when that was seen first.
        store: likewise in the store.
    """

    def __init__(self, journals: Path) -> None:
        self._journals = journals
        self._open: dict[str, int] = {}
        self.here: dict[str, list[Word]] = defaultdict(list)
        self.store: dict[str, list[Word]] = defaultdict(list)

    def sample(self) -> None:
        """Look at every episode."""
        try:
            names = {entry.name for entry in os.scandir(self._journals)}
        except FileNotFoundError:
            return  # the server has not begun
        for name in names - self._open.keys():
            try:
                self._open[name] = os.open(self._journals / name / _SAFE_FILE, os.O_RDONLY | os.O_CLOEXEC)
            except (FileNotFoundError, NotADirectoryError):
                continue  # its session makes it in a moment
        for name, descriptor in list(self._open.items()):
            if name in names:
                numbers = os.pread(descriptor, _NUMBERS.size, 0)
                here, store = _NUMBERS.unpack(numbers) if len(numbers) == _NUMBERS.size else (0, 0)
            else:
                here = store = ALL_STEPS
                os.close(self._open.pop(name))
            now_us = time.monotonic_ns() // 1000
            _note(self.here[name], now_us, here)
            _note(self.store[name], now_us, store)

    def close(self) -> None:
        """Let go of all files."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()


class RowsWatch:
    """Asks a database for all episodes that are not sealed: their number of steps changes with their rows.

    Attributes:
        words: by episode, how many steps were visible in SQL, and when that was seen first.
        n_failures: how often the database did not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: set[str] = set()
        self.words: dict[str, list[Word]] = defaultdict(list)
        self.n_failures = 0

    def sample(self) -> None:
        """Ask once."""
        try:
            with self._database.read() as session:
                n_steps = {str(row.id): row.n_steps for row in fetch_unsealed(session)}
        except SkillArcadeError:
            self.n_failures += 1
            return
        now_us = time.monotonic_ns() // 1000
        for episode_id in self._waiting - n_steps.keys():
            _note(self.words[episode_id], now_us, ALL_STEPS)
        for episode_id, n in n_steps.items():
            _note(self.words[episode_id], now_us, n)
        self._waiting = set(n_steps)


def _note(words: list[Word], now_us: int, n_steps: int) -> None:
    if not words or words[-1][1] != n_steps:
        words.append((now_us, n_steps))
