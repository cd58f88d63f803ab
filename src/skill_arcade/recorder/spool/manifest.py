"""Reading a machine's segments: their numbers, the first line of one, the newest that can be read (REC-33)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from skill_arcade.archive.layout import parse_spool_key, spool_key, spool_prefix
from skill_arcade.archive.store import BlobNotFound, BlobStore
from skill_arcade.domain.errors import JournalCorrupt, StoreAway
from skill_arcade.recorder.spool.segment import SegmentIndex, compute_offsets, parse_index

_HEAD_BYTES = 1 << 16
"""As much of a segment as mostly has all of its first line."""

_LOOKS = 5
"""The machine itself may delete what was the newest segment a moment ago: then there is a newer one."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SegmentHead:
    """A segment's first line, and what was read along with it.

    Attributes:
        index: the first line.
        offsets: where in the segment the bytes of each chunk begin.
        data: the segment's beginning; all of a small one.
    """

    index: SegmentIndex
    offsets: tuple[int, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a machine's segments say of all its journals.

    Attributes:
        numbers: of all of them, ascending.
        index: of the newest that can be read; None if none can.
        problems: of newer ones that cannot, a sentence each.
    """

    numbers: tuple[int, ...]
    index: SegmentIndex | None
    problems: tuple[str, ...]


def list_machines(store: BlobStore) -> list[UUID]:
    """The machines that have segments in the store. Raises StoreAway."""
    return sorted({UUID(machine) for machine, _ in _places(store, spool_prefix())})


def list_numbers(store: BlobStore, machine: UUID) -> list[int]:
    """The numbers of a machine's segments, ascending. Raises StoreAway."""
    return sorted(number for _, number in _places(store, spool_prefix(str(machine))))


def read_head(store: BlobStore, machine: UUID, number: int) -> SegmentHead:
    """The first line of one segment, without the rest of it.

    Raises:
        BlobNotFound: there is no such segment.
        JournalCorrupt: it is none, or it is another's.
        RecordingError: a newer version of this program wrote it.
        StoreAway: the store cannot be used now.
    """
    key, n_asked = spool_key(str(machine), number), _HEAD_BYTES
    while True:
        data = store.get_range(key, 0, n_asked)
        line, line_feed, _rest = data.partition(b"\n")
        if line_feed:
            break
        if len(data) < n_asked:
            raise JournalCorrupt(f"{key} has no first line.")
        n_asked *= 8
    index = parse_index(line)
    if (index.machine, index.number) != (machine, number):
        raise JournalCorrupt(f"{key} says that it is segment {index.number} of machine {index.machine}.")
    return SegmentHead(index, compute_offsets(index, len(line) + 1), data)


def read_manifest(store: BlobStore, machine: UUID) -> SegmentIndex | None:
    """Where all of a machine's journals lie: its newest segment that can be read; None if there is none.

    Raises:
        RecordingError: a newer version of this program wrote it.
        StoreAway: the store cannot be used now.
    """
    return find_manifest(store, machine).index


def find_manifest(store: BlobStore, machine: UUID) -> Manifest:
    """As `read_manifest`, with what is wrong. Raises the same.

    The segment before a damaged one lacks only what had come in that one: nothing that it names is deleted earlier,
    unless it was released.
    """
    for _ in range(_LOOKS):
        try:
            return _find_newest(store, machine, list_numbers(store, machine))
        except BlobNotFound:
            continue
    raise StoreAway(f"The segments of machine {machine} come and go too quickly to be read.")


def _find_newest(store: BlobStore, machine: UUID, numbers: Sequence[int]) -> Manifest:
    problems: list[str] = []
    for number in reversed(numbers):
        try:
            return Manifest(tuple(numbers), read_head(store, machine, number).index, tuple(problems))
        except JournalCorrupt as error:
            problems.append(f"Segment {number} of machine {machine} is of no use: {error}")
    return Manifest(tuple(numbers), None, tuple(problems))


def _places(store: BlobStore, prefix: str) -> set[tuple[str, int]]:
    places = set()
    for key in store.list(prefix):
        try:
            machine, number = parse_spool_key(key)
            places.add((str(UUID(machine)), number))
        except ValueError:
            logger.warning("%s does not belong among the journals that travel", key)
    return places
