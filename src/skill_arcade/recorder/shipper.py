"""The shipper: gets every live journal onto the disk in groups, says how far, and tells the index what came.

It never writes to a journal, and no session ever waits for it.
"""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from skill_arcade.database.steps import StepRow
from skill_arcade.domain.errors import RecordingError, SkillArcadeError
from skill_arcade.recorder.chain import list_epochs
from skill_arcade.recorder.episode_facts import EpisodeFacts, facts_of_records
from skill_arcade.recorder.index import EpisodeIndex, LiveUpdate
from skill_arcade.recorder.index_rows import step_rows_of_journal
from skill_arcade.recorder.journal import journal_path
from skill_arcade.recorder.reading import Members, read_episode_journal
from skill_arcade.recorder.tail import JournalTail, Opened

SAFE_FILE = "safe"
MAX_WAITING_ROWS = 100_000
"""Rows that may wait for the database, of one machine: some 20 MB. Beyond it they are read again later."""

SYNCS_AT_ONCE = 4
"""Files that are synced at the same time: one commit of the file system takes along all that wait for one."""

_NUMBER = struct.Struct("<Q")

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Followed:
    """One live episode.

    Attributes:
        folder: of the episode.
        tail: the journal of its newest epoch.
        safe_file: where its session is told how much is on the disk.
        next_journal: the file of the epoch after that, which another session may begin (REC-10).
        synced_bytes: of the file; they are on the disk.
        published_steps: what `safe` says now.
        rows: steps that wait for the database.
        indexed_steps: how many are there; None until it has been asked.
        segments: all SEGMENT records so far.
        told: segments and END that the database knows of.
        has_ended: END is on the disk.
        is_unreadable: what its journal says makes no episode.
    """

    folder: Path
    tail: JournalTail
    safe_file: Path
    next_journal: Path
    synced_bytes: int = 0
    published_steps: int = -1
    rows: list[StepRow] = field(default_factory=list)
    indexed_steps: int | None = None
    segments: list[Members] = field(default_factory=list)
    told: tuple[int, bool] = (0, False)
    has_ended: bool = False
    is_unreadable: bool = False

    @property
    def known(self) -> tuple[int, bool]:
        """Segments and END that the journal has."""
        return len(self.segments), self.tail.end is not None


class Shipper:
    """Looks after all journals in one folder; one for each machine.

    Args:
        journals: the folder of all journals.
        index: gets the steps of running episodes; None to index them only when they are sealed.
        store_is_here: sealed episodes stay on this disk, so what is durable here is durable in the store as
            well.
    """

    def __init__(self, journals: Path, index: EpisodeIndex | None, *, store_is_here: bool = True) -> None:
        self._journals = journals
        self._index = index
        self._store_is_here = store_is_here
        self._followed: dict[str, _Followed] = {}
        self._given_up: set[Path] = set()
        self._threads = ThreadPoolExecutor(SYNCS_AT_ONCE, "sync")

    def sync(self) -> int:
        """Sync what was written since the last call, and publish it as `durable_here` (LIVE-60, REC-5).

        Returns:
            How many episodes have ended since; whoever asks for one of those should not be told that it runs.
        """
        self._look_for_journals()
        grown = [each for each in list(self._followed.values()) if self._try(self._read_one, each)]
        parts = [grown[i::SYNCS_AT_ONCE] for i in range(min(SYNCS_AT_ONCE, len(grown)))]
        return sum(self._threads.map(self._sync_some, parts))

    def write_rows(self) -> None:
        """Index the steps that came, of all episodes in one transaction."""
        if self._index is None:
            return
        try:
            updates = [(each, update) for each in self._waiting() if (update := self._try_update(each))]
            if updates:
                self._index.append([update for _, update in updates])
        except SkillArcadeError:
            logger.exception("steps could not be indexed and will be read again")
            self._start_rows_anew()
            return
        for followed, update in updates:
            _note_indexed(followed, update)

    # ---------------------------------------------------------------------------------- durability

    def _look_for_journals(self) -> None:
        names = {folder.name for folder in self._journals.iterdir()} if self._journals.is_dir() else set()
        for gone in self._followed.keys() - names:
            del self._followed[gone]  # sealed, and taken away
        for name in names:
            known = self._followed.get(name)
            # A folder is listed only when there is something new in it: who goes on takes the very next number.
            if known is None or known.next_journal.exists():
                self._follow_newest(self._journals / name)

    def _follow_newest(self, folder: Path) -> None:
        epoch = _find_newest_epoch(folder)
        if epoch is None:
            return
        newest = journal_path(folder, epoch)
        try:
            _sync_older_epochs(folder, newest)
        except FileNotFoundError:
            return  # sealed, and taken away just now; if not, it is found again
        except OSError as error:
            # What this epoch stands on may be lost: see `_try`.
            logger.critical("%s: never called safe: %s", newest, error)
            self._given_up.add(newest)
        self._followed[folder.name] = _Followed(
            folder, JournalTail(newest), folder / SAFE_FILE, journal_path(folder, epoch + 1)
        )

    def _try(self, work: Callable[[_Followed], bool], followed: _Followed) -> bool:
        """What `work` says of one journal; False where it failed, which concerns no other journal."""
        try:
            return work(followed)
        except FileNotFoundError:
            del self._followed[followed.folder.name]
        except (RecordingError, OSError) as error:
            # After a failed fsync the kernel forgets which pages were lost, and a second one would lie:
            # nothing of this file is ever called durable again.
            logger.critical("%s: no longer called safe: %s", followed.tail.path, error)
            self._given_up.add(followed.tail.path)
        return False

    def _read_one(self, followed: _Followed) -> bool:
        """Read on in one journal; whether there is something to sync."""
        tail = followed.tail
        if tail.path in self._given_up or tail.path.stat().st_size == followed.synced_bytes:
            return False
        rows = tail.read_new()
        if self._index is not None and not followed.is_unreadable:
            followed.rows.extend(rows)
        return True

    def _sync_some(self, some: Sequence[_Followed]) -> int:
        """Sync these journals one after another; how many episodes have ended."""
        return sum(self._try(self._sync_one, each) for each in some)

    def _sync_one(self, followed: _Followed) -> bool:
        """Sync one journal; whether its episode has ended since the last time."""
        tail = followed.tail
        # What was read is in the file already, so the sync takes it along.
        _sync_file(tail.path)
        followed.synced_bytes = tail.n_bytes
        if tail.n_steps != followed.published_steps:
            self._publish(followed.safe_file, tail.n_steps)
            followed.published_steps = tail.n_steps
        has_ended_now = tail.end is not None and not followed.has_ended
        followed.has_ended = tail.end is not None
        return has_ended_now

    def _publish(self, safe_file: Path, durable_here: int) -> None:
        try:
            descriptor = os.open(safe_file, os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return  # the session makes it; without a session nobody wants to know
        try:
            # Each number with a write of its own, aligned and of 8 bytes: a reader never sees half of one.
            os.pwrite(descriptor, _NUMBER.pack(durable_here), 0)
            if self._store_is_here:
                os.pwrite(descriptor, _NUMBER.pack(durable_here), _NUMBER.size)
        finally:
            os.close(descriptor)

    # ---------------------------------------------------------------------------------------- rows

    def _waiting(self) -> Iterator[_Followed]:
        """The episodes of which the index can be told; those with too many rows read them again later."""
        n_rows = 0
        for followed in list(self._followed.values()):
            n_rows += len(followed.rows)
            if n_rows > MAX_WAITING_ROWS:
                followed.rows, followed.indexed_steps = [], None
            elif followed.tail.opened is not None and followed.tail.segment is not None and not followed.is_unreadable:
                yield followed

    def _try_update(self, followed: _Followed) -> LiveUpdate | None:
        try:
            return self._make_update(followed)
        except FileNotFoundError:
            del self._followed[followed.folder.name]  # sealed, and taken away just now; if not, it is found again
        except RecordingError:
            if not followed.folder.is_dir():
                return None  # likewise: the next sync sees it
            # This one is told again when it is to be sealed; the others go on.
            logger.exception("%s: its steps cannot be indexed", followed.folder.name)
            followed.is_unreadable = True
            followed.rows = []
        return None

    def _make_update(self, followed: _Followed) -> LiveUpdate | None:
        opened = followed.tail.opened
        assert opened is not None
        is_first = followed.indexed_steps is None
        first_step = self._catch_up(followed, opened) if followed.indexed_steps is None else followed.indexed_steps
        if followed.tail.segment != followed.segments[-1]:
            assert followed.tail.segment is not None
            followed.segments.append(followed.tail.segment)
        facts = _make_facts(followed, opened) if is_first or followed.known != followed.told else None
        if not followed.rows and facts is None:
            return None
        return LiveUpdate(
            episode_id=opened.episode_id,
            epoch=opened.epoch,
            first_step=first_step,
            rows=tuple(followed.rows),
            facts=facts,
        )

    def _catch_up(self, followed: _Followed, opened: Opened) -> int:
        """Find out how many steps are indexed, and read those up to now that are not, of whatever epoch."""
        assert self._index is not None
        n_steps = followed.tail.n_steps
        indexed = min(self._index.count_indexed_steps(opened.episode_id, opened.epoch), n_steps)
        journal = read_episode_journal(followed.folder)
        followed.segments = list(journal.segments)
        followed.rows = [row for row in step_rows_of_journal(journal) if indexed <= row.step < n_steps]
        return indexed

    def _start_rows_anew(self) -> None:
        for followed in self._followed.values():
            followed.rows, followed.indexed_steps = [], None


def _make_facts(followed: _Followed, opened: Opened) -> EpisodeFacts:
    return facts_of_records(
        episode_id=opened.episode_id,
        provenance=opened.provenance,
        segments=followed.segments,
        epoch=opened.epoch,
        n_steps=followed.tail.n_steps,
        end=followed.tail.end,
    )


def _note_indexed(followed: _Followed, update: LiveUpdate) -> None:
    followed.indexed_steps = update.first_step + len(update.rows)
    followed.rows = []
    followed.told = followed.known


def _find_newest_epoch(folder: Path) -> int | None:
    """The number of an episode's newest epoch; None where there is none, or none any more."""
    try:
        epochs = list_epochs(folder)
    except FileNotFoundError:
        return None
    return epochs[-1] if epochs else None


def _sync_older_epochs(folder: Path, newest: Path) -> None:
    """Sync what the newest epoch may have adopted, and the names of all files: no session does."""
    for path in (*folder.glob("*.journal"), folder, folder.parent):
        if path != newest:
            _sync_file(path)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
