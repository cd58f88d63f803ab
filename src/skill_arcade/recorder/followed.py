"""The live journals of a machine: what the threads of the shipper know of each, and in whose hands it is."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from skill_arcade.database.steps import StepRow
from skill_arcade.recorder.episode_journal import Members
from skill_arcade.recorder.tail import JournalTail, Opened

MAX_WAITING_ROWS = 100_000
"""Rows that may wait for the database, of one machine: some 20 MB. Beyond it they are read again later."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What of a journal is on the disk.

    Attributes:
        n_bytes: of the file; they end after a whole record.
        n_steps: complete steps of the episode in them and in what was adopted.
        opened: what OPEN says; None while it is not whole.
        segments: SEGMENT records of this epoch.
        end: the END record, if it is there.
        at_s: when the sync began that brought them there, by the monotonic clock: what is missing came later.
    """

    n_bytes: int
    n_steps: int
    opened: Opened | None
    segments: tuple[Members, ...]
    end: Members | None
    at_s: float


@dataclass(slots=True)
class Wait:
    """Since when the oldest of what waits has been there at most, by the monotonic clock; None if nothing waits."""

    since_s: float | None = None

    def begin(self, at_s: float) -> None:
        """Something came, after `at_s`."""
        if self.since_s is None:
            self.since_s = at_s

    def settle(self, until_s: float, *, is_all: bool) -> None:
        """What came before `until_s` does not wait any more."""
        self.since_s = None if is_all else until_s


@dataclass(slots=True)
class Indexing:
    """How far a journal is in SQL; in the hands of the thread that writes rows.

    Attributes:
        n_steps: that are there; None until it has been asked.
        told: segments and END that the database knows of; None until it was told.
        older_segments: SEGMENT records of older epochs; None until they were read.
        is_unreadable: what the journal says makes no episode.
    """

    n_steps: int | None = None
    told: tuple[int, bool] | None = None
    older_segments: tuple[Members, ...] | None = None
    is_unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Awaited:
    """What has to be in the store before a number of steps is published.

    Attributes:
        files: journals, and how many of their bytes.
        synced: what was on the disk then.
    """

    files: Mapping[Path, int]
    synced: Synced


@dataclass(slots=True)
class Storing:
    """How far a journal is in the store; in the hands of the thread that ships.

    Attributes:
        awaited: what is on its way; None if nothing is.
        n_bytes: of the newest journal, in the store together with everything that it adopts.
        n_steps: in them.
        published_steps: what `safe` says now.
        older: journals of older epochs, and how many of their bytes belong to the episode; None until they were read.
        was_opened: whether OPEN was whole when they were.
        is_broken: an older epoch is missing, so that the episode cannot be complete in the store.
    """

    awaited: Awaited | None = None
    n_bytes: int = -1
    n_steps: int = 0
    published_steps: int = -1
    older: Mapping[Path, int] | None = None
    was_opened: bool = False
    is_broken: bool = False


@dataclass(slots=True, eq=False)
class Followed:
    """The newest epoch of one live episode.

    `tail`, `fresh` and what is named after looking belong to the thread that syncs; `rows` and the waits are touched
    under the lock of `LiveJournals`; `synced` is replaced as a whole.

    Attributes:
        folder: of the episode.
        epoch: the newest.
        tail: its journal.
        synced: what is on the disk.
        seen_bytes: length of the file at the last look.
        fresh: rows that were read and are not on the disk yet.
        published_steps: what `safe` says now.
        is_given_up: nothing more of it is ever called durable.
        rows: steps on the disk that wait for the database, without a gap.
        store_wait, sql_wait: what waits to come there.
        indexing: see there.
        storing: see there.
    """

    folder: Path
    epoch: int
    tail: JournalTail
    synced: Synced
    seen_bytes: int = -1
    fresh: list[StepRow] = field(default_factory=list)
    published_steps: int = -1
    is_given_up: bool = False
    rows: list[StepRow] = field(default_factory=list)
    store_wait: Wait = field(default_factory=Wait)
    sql_wait: Wait = field(default_factory=Wait)
    indexing: Indexing = field(default_factory=Indexing)
    storing: Storing = field(default_factory=Storing)


class LiveJournals:
    """All journals that are followed, by the names of their folders; may be used by several threads.

    Attributes:
        lock: held for a moment, never while anything is read, synced, sent or asked.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._by_name: dict[str, Followed] = {}
        self._moved: dict[str, int] = {}
        self._n_rows = 0

    def all(self) -> list[Followed]:
        """Those that are followed now."""
        with self.lock:
            return list(self._by_name.values())

    def get(self, name: str) -> Followed | None:
        """The one in the folder of this name."""
        with self.lock:
            return self._by_name.get(name)

    def follow(self, followed: Followed) -> None:
        """Follow this journal, instead of an older epoch's if there is one."""
        with self.lock:
            self._forget(followed.folder.name)
            self._by_name[followed.folder.name] = followed

    def keep_only(self, names: set[str]) -> None:
        """Forget all others: their folders are gone."""
        with self.lock:
            for gone in self._by_name.keys() - names:
                self._forget(gone)
            for gone in self._moved.keys() - names:
                del self._moved[gone]

    def drop(self, followed: Followed) -> None:
        """Follow this journal no more; it is found again if it is still there."""
        with self.lock:
            if self._by_name.get(followed.folder.name) is followed:
                self._forget(followed.folder.name)

    def leave(self, followed: Followed) -> None:
        """Follow this journal no more, nor any older epoch of the episode: another server owns it."""
        self.drop(followed)
        with self.lock:
            self._moved[followed.folder.name] = followed.epoch

    def has_left(self, name: str, epoch: int) -> bool:
        """Whether this epoch, or a newer one, was left."""
        with self.lock:
            return epoch <= self._moved.get(name, 0)

    def add_rows(self, followed: Followed, rows: list[StepRow], came_after_s: float) -> None:
        """Let rows wait that follow the last ones; if there are too many, they are read again later."""
        with self.lock:
            if self._by_name.get(followed.folder.name) is followed:
                if self._n_rows + len(rows) > MAX_WAITING_ROWS:
                    self._forget_rows(followed, len(followed.rows))
                else:
                    followed.rows.extend(rows)
                    self._n_rows += len(rows)
            followed.sql_wait.begin(came_after_s)

    def take_rows(self, followed: Followed, first_step: int, n_at_most: int) -> tuple[list[StepRow] | None, Synced]:
        """Rows that wait, from a step on, and what was on the disk then; None if that step is no longer among them."""
        with self.lock:
            rows, synced = followed.rows, followed.synced
            if first_step >= synced.n_steps:
                return [], synced
            if not rows or rows[0].step > first_step:
                return None, synced
            at = first_step - rows[0].step
            return rows[at : at + n_at_most], synced

    def note_indexed(self, followed: Followed, n_steps: int, synced: Synced) -> None:
        """Let no row wait that is in the database."""
        with self.lock:
            if followed.rows:
                self._forget_rows(followed, max(0, min(n_steps - followed.rows[0].step, len(followed.rows))))
            if n_steps >= synced.n_steps:
                followed.sql_wait.settle(synced.at_s, is_all=n_steps >= followed.synced.n_steps)

    def _forget(self, name: str) -> None:
        followed = self._by_name.pop(name, None)
        if followed is not None:
            self._forget_rows(followed, len(followed.rows))

    def _forget_rows(self, followed: Followed, n_rows: int) -> None:
        """Forget the first rows that wait."""
        del followed.rows[:n_rows]
        self._n_rows -= n_rows
