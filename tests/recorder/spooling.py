"""Stores that fail, and what lies in a store of segments: for the tests of journals that travel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from tests.recorder.recordings import CountingJournal

from skill_arcade.archive.layout import parse_spool_key, spool_key, spool_prefix
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.store import BlobStore
from skill_arcade.domain.errors import StoreAway
from skill_arcade.recorder.reading import find_adoption
from skill_arcade.recorder.spool.restore import restore_episode
from skill_arcade.recorder.spool.segment import SegmentIndex, parse_segment
from skill_arcade.recorder.spool.spooler import Spooler

T = TypeVar("T")

MACHINE = UUID("aaaaaaaa-0000-4000-8000-000000000001")
OTHER_MACHINE = UUID("bbbbbbbb-0000-4000-8000-000000000002")
ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
"""Episodes; the journals in their folders are all of the counting game."""


class Fault(Enum):
    """What goes wrong with a call of the store."""

    REFUSED = "nothing is done, and it is told"
    ANSWER_LOST = "it is done, and an error is told"
    KILLED_BEFORE = "the process dies, nothing is done"
    KILLED_AFTER = "it is done, then the process dies"
    LATE = "an error is told, and it is done at a later call"
    KILLED_LATE = "the process dies, and it is done at a later call"


class Killed(BaseException):
    """The process is no more."""


@dataclass
class FaultyStore:
    """A store in a folder of which some calls go wrong.

    Attributes:
        inner: where things really lie.
        faults: what goes wrong with which call, counted from 1.
        n_calls: so far.
        late_by: calls after which what is late is done.
        puts: what was put, by key, in order; also what was deleted since.
        before_put: is told what is to be put.
        also_lists: keys that are in the next list though nothing is there.
    """

    inner: LocalStore
    faults: dict[int, Fault] = field(default_factory=dict)
    n_calls: int = 0
    late_by: int = 2
    puts: dict[str, bytes] = field(default_factory=dict)
    before_put: Callable[[str, bytes], object] = lambda _key, _data: None
    also_lists: Sequence[str] = ()
    _late: list[tuple[int, Callable[[], object]]] = field(default_factory=list)

    @property
    def is_local(self) -> bool:
        return False

    def put_if_absent(self, key: str, content: bytes | Path) -> bool:
        data = content if isinstance(content, bytes) else content.read_bytes()

        self.before_put(key, data)

        def put() -> bool:
            stored = self.inner.put_if_absent(key, data)
            if stored:
                self.puts[key] = data
            return stored

        return self._call(put)

    def get(self, key: str) -> bytes:
        return self._call(lambda: self.inner.get(key))

    def get_range(self, key: str, start: int, n_bytes: int) -> bytes:
        return self._call(lambda: self.inner.get_range(key, start, n_bytes))

    def size(self, key: str) -> int:
        return self._call(lambda: self.inner.size(key))

    def list(self, prefix: str) -> Iterator[str]:
        more, self.also_lists = self.also_lists, ()
        return self._call(lambda: iter([*self.inner.list(prefix), *more]))

    def delete(self, key: str) -> None:
        self._call(lambda: self.inner.delete(key))

    def exists(self, key: str) -> bool:
        return self._call(lambda: self.inner.exists(key))

    def deliver_late(self) -> None:
        """Let everything arrive that is on its way."""
        late, self._late = self._late, []
        for _, work in late:
            work()

    def _call(self, work: Callable[[], T]) -> T:
        self.n_calls += 1
        for due in [each for each in self._late if each[0] <= self.n_calls]:
            self._late.remove(due)
            due[1]()
        fault = self.faults.get(self.n_calls)
        if fault in {Fault.LATE, Fault.KILLED_LATE}:
            self._late.append((self.n_calls + self.late_by, work))
        if fault in {Fault.KILLED_BEFORE, Fault.KILLED_LATE}:
            raise Killed
        if fault in {Fault.REFUSED, Fault.LATE}:
            raise StoreAway("The store is away.")
        result = work()
        if fault is Fault.ANSWER_LOST:
            raise StoreAway("No answer came.")
        if fault is Fault.KILLED_AFTER:
            raise Killed
        return result


def list_segments(store: LocalStore, machine: UUID = MACHINE) -> list[int]:
    """The numbers of the segments that are in the store."""
    return [parse_spool_key(key)[1] for key in store.list(spool_prefix(str(machine)))]


def read_segment(store: LocalStore, number: int, machine: UUID = MACHINE) -> SegmentIndex:
    """The first line of a segment."""
    return parse_segment(store.get(spool_key(str(machine), number)))[0]


def find_named(index: SegmentIndex) -> set[int]:
    """The segments that a manifest names."""
    return {number for held in index.holds for first, last in held.numbers for number in range(first, last + 1)}


def read_journals(folder: Path) -> dict[str, bytes]:
    """The journals in the folder of an episode, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.journal"))}


def restore(store: LocalStore, episode_id: UUID, folder: Path) -> dict[str, bytes]:
    """What the store gives back of an episode; it must be without a problem."""
    restored = restore_episode(store, episode_id, folder)
    assert restored.problems == ()
    return read_journals(folder)


def check_chunks_follow_each_other(puts: Mapping[str, bytes]) -> None:
    """Assert that every byte of every journal was put once, and in order."""
    ends: dict[object, int] = {}
    for key in sorted(puts):
        index, _ = parse_segment(puts[key])
        assert (str(index.machine), index.number) == parse_spool_key(key)
        for chunk in index.chunks:
            assert chunk.start == ends.get(chunk.name, 0)
            ends[chunk.name] = chunk.end


class Machine:
    """A machine with journals and a spooler, whose store is in a folder."""

    def __init__(self, folder: Path, store: BlobStore, machine: UUID = MACHINE, max_bytes: int = 10**9) -> None:
        self.journals = folder / "journal"
        self.store = store
        self.id = machine
        self.released: set[UUID] = set()
        self.max_bytes = max_bytes
        self.spooler = self.start()

    def start(self) -> Spooler:
        """A spooler as after a start of the process."""
        self.spooler = Spooler(
            self.journals,
            self.store,
            self.id,
            is_released=self.released.__contains__,
            max_bytes=self.max_bytes,
        )
        self.spooler.load()
        return self.spooler

    def begin(self, episode_id: UUID, epoch: int = 1) -> CountingJournal:
        """The journal of an epoch that adopts everything of the one before."""
        folder = self.journals / str(episode_id)
        adopts = find_adoption(folder) if epoch > 1 else None
        return CountingJournal.begin(folder, epoch, adopts, segment=epoch - 1)

    def synced(self) -> dict[Path, int]:
        """All journals, as if all of each were on the disk."""
        return {path: path.stat().st_size for path in sorted(self.journals.glob("*/*.journal"))}

    def ship(self) -> int | None:
        """The number of the segment that was put, if one was."""
        return self.spooler.ship(self.synced()).number

    def remove(self, episode_id: UUID) -> None:
        """Take an episode's folder away, as when it was sealed."""
        folder = self.journals / str(episode_id)
        folder.rename(self.journals.parent / f"removed-{episode_id}")
