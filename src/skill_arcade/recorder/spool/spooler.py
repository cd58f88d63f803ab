"""The spooler: puts what came of a machine's journals into the store, a combined segment at a time (REC-33).

The journals on the disk are the queue: nothing waits in memory but one segment of which it is not known whether it
arrived.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from skill_arcade.archive.layout import spool_key
from skill_arcade.archive.store import BlobNotFound, BlobStore
from skill_arcade.domain.errors import JournalCorrupt, RecordingError, SkillArcadeError
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.chain import parse_episode_id
from skill_arcade.recorder.journal import FILE_HEADER, RECORD_HEADER, journal_path
from skill_arcade.recorder.spool.manifest import find_manifest
from skill_arcade.recorder.spool.number_ranges import add_number, find_outside
from skill_arcade.recorder.spool.record_boundary import find_boundary, find_end
from skill_arcade.recorder.spool.segment import Chunk, Held, JournalName, SegmentIndex, encode_segment, parse_segment
from skill_arcade.recorder.troubles import Troubles

MAX_SEGMENT_BYTES = 16_000_000
"""Bytes of journals in one segment: a minute of sixty players. What is more goes into the next one."""

DELETIONS_AT_ONCE = 16
"""Old segments that are deleted after one is put: more than come, and so few that the next one does not wait."""

ASKED_AT_ONCE = 16
"""Episodes of which is asked at one time whether they are released, of those whose journals are here, and of others."""

_COMPARED, _SHIPPED = "compared with what the store has of it", "read for the store"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shipped:
    """What became of one look for new bytes.

    Attributes:
        number: of the segment that was put; None if none was.
        n_bytes: of that segment.
        is_all: everything that was asked for is in the store.
    """

    number: int | None
    n_bytes: int
    is_all: bool


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A segment of which it is not known whether it is in the store, and what the store holds once it is."""

    number: int
    data: bytes
    holds: Mapping[JournalName, Held]


@dataclass(frozen=True, slots=True)
class _NewBytes:
    """Bytes of one journal that are not in the store."""

    path: Path
    name: JournalName
    start: int
    end: int


class Spooler:
    """Ships the journals of one machine; nobody else puts segments under its name.

    `forget_released` may be called while another thread is in any other method; these come one after another.

    Args:
        journals: the folder of all journals.
        store: where the segments go.
        machine: under which name.
        is_released: whether an episode is sealed or forgotten, so that nobody needs its journals any more. It must say
            no where it does not know, or raise SkillArcadeError.
        utc_clock: for people who look at a segment.
        max_bytes: of journals in one segment, but for a single record that is longer.
    """

    def __init__(
        self,
        journals: Path,
        store: BlobStore,
        machine: UUID,
        *,
        is_released: Callable[[UUID], bool],
        utc_clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        max_bytes: int = MAX_SEGMENT_BYTES,
    ) -> None:
        self._journals = journals
        self._store = store
        self._machine = machine
        self._is_released = is_released
        self._utc_clock = utc_clock
        self._max_bytes = max_bytes
        self._is_loaded = False
        self._numbers: set[int] = set()
        self._newest = 0
        self._holds: Mapping[JournalName, Held] = {}  # replaced, never changed: another thread may look at it
        self._prepared: _Prepared | None = None
        self._limits: dict[JournalName, int] = {}
        self._unseen: dict[JournalName, int] = {}
        self._troubles = Troubles()
        self._released: frozenset[UUID] = frozenset()
        self._lock = threading.Lock()
        self._asked_last: dict[bool, UUID] = {}

    @property
    def is_loaded(self) -> bool:
        """Whether it is known what the store holds."""
        return self._is_loaded

    @property
    def n_segments(self) -> int:
        """How many segments of this machine are in the store."""
        return len(self._numbers)

    @property
    def has_garbage(self) -> bool:
        """Whether segments are in the store that nobody needs, or names of journals in the newest one."""
        return bool(self._find_garbage()) or any(name.episode_id in self._released for name in self._holds)

    def load(self) -> None:
        """Learn from the store what it holds of this machine, and go on from there.

        Raises:
            RecordingError: a newer version of this program wrote it.
            StoreAway: the store cannot be used now; call again.
        """
        manifest = find_manifest(self._store, self._machine)
        for problem in manifest.problems:
            logger.error("%s", problem)
        holds = {held.name: held for held in manifest.index.holds} if manifest.index is not None else {}
        self._limits, self._unseen = {}, {name: held.n_bytes for name, held in holds.items()}
        for name in holds:
            self._look_at(name)
        local = {each for each in self.list_local() if not any(name.episode_id == each for name in holds)}
        # What is sealed and still here, kept as evidence (REC-37), need not be shipped once more.
        self._note_released(sorted(local))
        self._holds, self._numbers = holds, set(manifest.numbers)
        self._newest = max(manifest.numbers, default=0)
        self._prepared = None
        self._is_loaded = True

    def ship(self, synced: Mapping[Path, int]) -> Shipped:
        """Put one segment, if there is anything new.

        A segment that may or may not have arrived is put again, byte for byte, before any other.

        Args:
            synced: journals, and how many of their bytes may be shipped: they are on the disk, and end after a whole
                record.

        Raises:
            RecordingError: another server puts segments under this machine's name.
            SkillArcadeError, OSError: nothing is known of the segment; call again. The store is away or full, or it
                cannot be told now what is released.
        """
        assert self._is_loaded, "load() tells from where to go on"
        if self._prepared is None:
            self._prepared = self._prepare(synced)
        prepared = self._prepared
        if prepared is None:
            self._try_to_delete(DELETIONS_AT_ONCE)
            return Shipped(None, 0, self._has_all(synced))
        if not self._put(prepared):
            return Shipped(None, 0, self._has_all(synced))
        self._holds, self._newest = prepared.holds, prepared.number
        self._numbers.add(prepared.number)
        self._prepared = None
        self._forget_gone()
        self._try_to_delete(DELETIONS_AT_ONCE)
        return Shipped(prepared.number, len(prepared.data), self._has_all(synced))

    def count_stored(self, journal: Path) -> int:
        """How many bytes of this journal, from its beginning, are in the store."""
        name = _name_of(journal)
        held = self._holds.get(name) if name is not None else None
        if name is None or held is None or name in self._unseen:
            return 0
        return min(held.n_bytes, self._limits.get(name, held.n_bytes))

    def is_released(self, episode_id: UUID) -> bool:
        """Whether nobody needs the journals of an episode any more; asked now, unless it is known.

        Raises:
            SkillArcadeError: that cannot be told now.
        """
        if episode_id in self._released:
            return True
        is_released = self._is_released(episode_id)
        if is_released:
            with self._lock:
                self._released |= {episode_id}
        return is_released

    def list_local(self) -> Iterator[UUID]:
        """The episodes of which there is a folder on this machine."""
        for folder in self._journals.iterdir() if self._journals.is_dir() else ():
            episode_id = parse_episode_id(folder.name)
            if episode_id is not None:
                yield episode_id

    def find_folder(self, episode_id: UUID) -> Path:
        """Where the journals of an episode are on this machine, if any are."""
        return self._journals / str(episode_id)

    def forget_released(self) -> None:
        """Ask of some episodes whether they are released; the next segment no longer names those that are.

        Not of all, as each may cost a query: those whose journals left this machine come by soonest.
        """
        holds, newest, here = self._holds, self._newest, set(self.list_local())
        waiting = {name.episode_id for name in holds} - self._released
        # Those in the newest segment are being played, or were a moment ago.
        busy = {name.episode_id for name, held in holds.items() if held.numbers[-1][1] == newest}
        for is_here, some in ((False, waiting - here), (True, (waiting & here) - busy)):
            self._note_released(self._take_turns(sorted(some), is_here=is_here))

    def delete_garbage(self, may_go_on: Callable[[], bool] = lambda: True) -> None:
        """Delete segments that nobody needs; what cannot be deleted now stays for another time.

        Args:
            may_go_on: whether there is time for one more.
        """
        self._try_to_delete(len(self._numbers), may_go_on)

    # ------------------------------------------------------------------------------- making a segment

    def _prepare(self, synced: Mapping[Path, int]) -> _Prepared | None:
        """The next segment; None if there is nothing to tell."""
        released, number = self._released, self._newest + 1
        holds = {name: held for name, held in self._holds.items() if name.episode_id not in released}
        has_forgotten = len(holds) < len(self._holds)
        chunks: list[Chunk] = []
        bodies: list[bytes] = []
        room = self._max_bytes
        held_up: set[UUID] = set()
        for new in self._in_turn(self._find_new(synced)):
            if new.name.episode_id in held_up:
                continue  # what it stands on is not all there: it would be of no use
            body = self._read_whole_records(new, room, may_exceed=not bodies)
            if len(body) < new.end - new.start:
                held_up.add(new.name.episode_id)
            if body:
                end = new.start + len(body)
                chunks.append(Chunk(new.name, new.start, end, zlib.crc32(body)))
                bodies.append(body)
                before = holds[new.name].numbers if new.name in holds else ()
                holds[new.name] = Held(new.name, end, add_number(before, number))
                room -= len(body)
            if room <= 0:
                break
        if not chunks and not has_forgotten:
            return None
        made_utc = self._utc_clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        index = SegmentIndex(
            self._machine, number, made_utc, tuple(chunks), tuple(holds[name] for name in sorted(holds))
        )
        return _Prepared(number, encode_segment(index, bodies), holds)

    def _find_new(self, synced: Mapping[Path, int]) -> Iterator[_NewBytes]:
        for path, n_bytes in synced.items():
            name = _name_of(path)
            if name is None or name.episode_id in self._released:
                continue
            if (name in self._unseen and not self._look_at(name)) or name in self._limits:
                continue
            start = self.count_stored(path)
            if start < n_bytes:
                yield _NewBytes(path, name, start, n_bytes)

    def _read_whole_records(self, new: _NewBytes, room: int, *, may_exceed: bool) -> bytes:
        """As many new bytes as there is room for; nothing if they cannot be read, or no record fits.

        Args:
            new: which.
            room: in bytes.
            may_exceed: one record may be longer than the room.
        """
        folder = new.path.parent
        try:
            body = _read_new(new, room, may_exceed=may_exceed)
        except FileNotFoundError:
            return b""  # sealed, and taken away just now
        except OSError as error:
            self._troubles.note(folder, _SHIPPED, error)
            return b""
        self._troubles.clear(folder, _SHIPPED)
        return body

    def _in_turn(self, some: Iterable[_NewBytes]) -> list[_NewBytes]:
        """Whose episode waited longest comes first, should there not be room for all; an older epoch before a newer."""
        new, turns = list(some), dict[UUID, int]()
        for each in new:
            held = self._holds.get(each.name)
            turn = held.numbers[-1][1] if held is not None else 0
            turns[each.name.episode_id] = min(turn, turns.get(each.name.episode_id, turn))
        return sorted(new, key=lambda each: (turns[each.name.episode_id], each.name))

    def _has_all(self, synced: Mapping[Path, int]) -> bool:
        released = self._released
        names = {path: _name_of(path) for path in synced}
        return all(
            name is None or name.episode_id in released or self.count_stored(path) >= synced[path]
            for path, name in names.items()
        )

    # ------------------------------------------------------------------------------------ the store

    def _put(self, prepared: _Prepared) -> bool:
        """Put a segment; False if one that a process before this one had put has come to light instead.

        Raises:
            RecordingError: what is in its place is another server's.
        """
        key = spool_key(str(self._machine), prepared.number)
        if self._store.put_if_absent(key, prepared.data):
            return True
        try:
            found = self._store.get(key)
        except BlobNotFound:
            found = b""  # whoever put it has deleted it by now
        if found == prepared.data:
            return True
        if not self._is_ours(found, prepared.number):
            raise RecordingError(
                f"Another server has put segment {prepared.number} of machine {self._machine}: one of the two runs on "
                "a copy of the other's data folder. Stop it, and remove the file `machine` from the copy."
            )
        logger.warning("segment %d was put by a process before this one", prepared.number)
        self.load()
        return False

    def _is_ours(self, found: bytes, number: int) -> bool:
        """Whether a segment holds nothing but what is in the journals here: then it does not matter who put it."""
        try:
            index, offsets = parse_segment(found)
        except JournalCorrupt:
            return False
        bodies = (found[at : at + chunk.end - chunk.start] for chunk, at in zip(index.chunks, offsets, strict=True))
        return (index.machine, index.number) == (self._machine, number) and all(
            self._has_bytes(chunk, body) or self._is_released(chunk.name.episode_id)
            for chunk, body in zip(index.chunks, bodies, strict=True)
        )

    def _has_bytes(self, chunk: Chunk, body: bytes) -> bool:
        path = journal_path(self.find_folder(chunk.name.episode_id), chunk.name.epoch)
        try:
            return _read(path, chunk.start, len(body)) == body
        except OSError:
            return False

    def _find_garbage(self) -> list[int]:
        """Segments that the newest one does not name."""
        ranges = [some for held in self._holds.values() for some in held.numbers]
        return find_outside(self._numbers, [*ranges, (self._newest, self._newest)])

    def _try_to_delete(self, n_at_once: int, may_go_on: Callable[[], bool] = lambda: True) -> None:
        for number in self._find_garbage()[:n_at_once]:
            if not may_go_on():
                return
            try:
                self._store.delete(spool_key(str(self._machine), number))
            except (SkillArcadeError, OSError) as error:
                logger.warning("segment %d is not deleted yet: %s", number, error)
                return
            self._numbers.discard(number)

    # ---------------------------------------------------------------------------------- what is here

    def _look_at(self, name: JournalName) -> bool:
        """Look how much of a journal is here that the store has; False if that cannot be told now.

        If there is less here than in the store, nothing is added to it: what comes is another history.
        """
        path, n_held = journal_path(self.find_folder(name.episode_id), name.epoch), self._unseen[name]
        try:
            n_bytes = _measure(path)
        except OSError as error:
            self._troubles.note(path.parent, _COMPARED, error)
            return False
        self._troubles.clear(path.parent, _COMPARED)
        if n_bytes is not None and n_bytes < n_held:
            logger.error(
                "%s has %d bytes and the store %d of it: an old backup was put back; it is shipped no further",
                *(path, n_bytes, n_held),
                extra=about(name.episode_id),
            )
            self._limits[name] = n_bytes
        del self._unseen[name]
        return True

    def _note_released(self, episode_ids: Sequence[UUID]) -> None:
        """Note which of these are released; where that cannot be told of one, none after it is asked for."""
        try:
            for episode_id in episode_ids:
                self.is_released(episode_id)
        except SkillArcadeError as error:
            logger.warning("which episodes are sealed cannot be told: %s", error)

    def _take_turns(self, some: Sequence[UUID], *, is_here: bool) -> Sequence[UUID]:
        """A few of these, beginning after the one of which was asked last."""
        last = self._asked_last.get(is_here)
        after = [each for each in some if last is None or each > last]
        chosen = [*after, *(each for each in some if each not in after)][:ASKED_AT_ONCE]
        if chosen:
            self._asked_last[is_here] = chosen[-1]
        return chosen

    def _forget_gone(self) -> None:
        """Forget released episodes of which nothing is left, neither here nor in the store."""
        left = {name.episode_id for name in self._holds}.union(self.list_local())
        with self._lock:
            self._released &= left
        self._troubles.keep_only({str(each) for each in left})


def _name_of(journal: Path) -> JournalName | None:
    """The episode and epoch of a journal by its path (REC-10); None for a folder that is no episode's."""
    episode_id = parse_episode_id(journal.parent.name)
    return None if episode_id is None else JournalName(episode_id, int(journal.stem))


def _measure(journal: Path) -> int | None:
    """How many bytes a journal has; None if there is not even its folder: it is sealed, or set aside."""
    try:
        return journal.stat().st_size
    except FileNotFoundError:
        return 0 if journal.parent.is_dir() else None


def _read_new(new: _NewBytes, room: int, *, may_exceed: bool) -> bytes:
    n_bytes = new.end - new.start
    data = _read(new.path, new.start, min(n_bytes, room))
    if len(data) == n_bytes:
        return data
    if len(data) < min(n_bytes, room):
        # The disk was full, and the writer cut off a part of a group: it writes the same again (REC-15).
        return b""
    whole = find_boundary(data, is_beginning=new.start == 0)
    if whole == 0 and may_exceed:
        return _read_first_record(new)
    return data[:whole]


def _read_first_record(new: _NewBytes) -> bytes:
    at = FILE_HEADER.size if new.start == 0 else 0
    end = find_end(_read(new.path, new.start, at + RECORD_HEADER.size), at)
    data = _read(new.path, new.start, end) if end is not None else b""
    return data if len(data) == end else b""  # likewise, just now


def _read(path: Path, start: int, n_bytes: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(descriptor, n_bytes, start)
    finally:
        os.close(descriptor)
