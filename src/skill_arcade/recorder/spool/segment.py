"""A combined segment: what came of many journals in one object, and where all of a machine lie; pure (REC-33)."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from skill_arcade.domain.errors import JournalCorrupt, RecordingError
from skill_arcade.recorder.records import parse_json

FORMAT = 1
"""The `format` of a segment that this program writes and reads."""

_CRC = b',"crc":'

_HIGHEST_CRC = (1 << 32) - 1

T = TypeVar("T")


class JournalName(NamedTuple):
    """Which journal: of which episode and epoch."""

    episode_id: UUID
    epoch: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes of one journal that are in the segment.

    Attributes:
        name: of the journal.
        start: where they begin in the journal, in bytes.
        end: where they end there; after a whole record.
        crc: CRC-32 of them.
    """

    name: JournalName
    start: int
    end: int
    crc: int


@dataclass(frozen=True, slots=True)
class Held:
    """How much of one journal is in the store, and where.

    Attributes:
        name: of the journal.
        n_bytes: from its beginning.
        numbers: ranges (first, last) of the segments' numbers in which they are, ascending. Some between may have
            none of them, or be deleted.
    """

    name: JournalName
    n_bytes: int
    numbers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class SegmentIndex:
    """The first line of a segment.

    Attributes:
        machine: whose journals these are.
        number: of the segment; one more than that of the machine's segment before.
        made_utc: when it was made; only for people.
        chunks: what is in it, in the order of the bytes.
        holds: all journals of the machine that the store has to keep, these chunks included.
    """

    machine: UUID
    number: int
    made_utc: str
    chunks: tuple[Chunk, ...]
    holds: tuple[Held, ...]


def encode_segment(index: SegmentIndex, bodies: Sequence[bytes]) -> bytes:
    """The segment's bytes.

    Args:
        index: its first line.
        bodies: the bytes of its chunks, in their order.
    """
    assert [len(body) for body in bodies] == [chunk.end - chunk.start for chunk in index.chunks]
    members = {
        "format": FORMAT,
        "machine": str(index.machine),
        "number": index.number,
        "made_utc": index.made_utc,
        "chunks": [
            {**_encode_name(each.name), "from": each.start, "to": each.end, "crc": each.crc} for each in index.chunks
        ],
        "holds": [
            {**_encode_name(each.name), "to": each.n_bytes, "in": [list(some) for some in each.numbers]}
            for each in index.holds
        ],
    }
    return b"".join([_seal_line(json.dumps(members, separators=(",", ":")).encode("ascii")), b"\n", *bodies])


def parse_segment(data: bytes) -> tuple[SegmentIndex, tuple[int, ...]]:
    """Read a whole segment.

    Returns:
        Its index, and where in `data` the bytes of each chunk begin. Their checksums are not looked at.

    Raises:
        JournalCorrupt: it is none, or it is shorter or longer than its index says.
        RecordingError: a newer version of this program wrote it.
    """
    line, line_feed, rest = data.partition(b"\n")
    if not line_feed:
        raise JournalCorrupt("A combined segment has no first line.")
    index = parse_index(line)
    offsets = compute_offsets(index, len(line) + 1)
    n_bytes = sum(chunk.end - chunk.start for chunk in index.chunks)
    if len(rest) != n_bytes:
        raise JournalCorrupt(
            f"A combined segment has {len(rest)} bytes after its first line, which tells of {n_bytes}."
        )
    return index, offsets


def compute_offsets(index: SegmentIndex, first: int) -> tuple[int, ...]:
    """Where the bytes of each chunk begin in the segment, `first` being where those of the first one do."""
    offsets = []
    for chunk in index.chunks:
        offsets.append(first)
        first += chunk.end - chunk.start
    return tuple(offsets)


def parse_index(line: bytes) -> SegmentIndex:
    """Read the first line of a segment. Members that are not known are skipped.

    Raises:
        JournalCorrupt: it is none, or not as it was written.
        RecordingError: a newer version of this program wrote it.
    """
    members = parse_json(_unseal_line(line))
    written_in = members.get("format")
    if isinstance(written_in, int) and written_in > FORMAT:
        raise RecordingError(f"A combined segment has format {written_in}; this program reads {FORMAT}.")
    if written_in != FORMAT:
        raise JournalCorrupt(f"What should be a combined segment has format {written_in!r}.")
    try:
        return SegmentIndex(
            machine=UUID(members["machine"]),
            number=_parse_count(members["number"]),
            made_utc=str(members["made_utc"]),
            chunks=_parse_all(members["chunks"], _parse_chunk),
            holds=_parse_all(members["holds"], _parse_held),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise JournalCorrupt(f"The first line of a combined segment cannot be read: {error!r}.") from None


def _seal_line(line: bytes) -> bytes:
    """The line with its checksum as the last member: a number that is wrong there would lose what it tells of."""
    before = line.removesuffix(b"}")
    return b"%b%b%d}" % (before, _CRC, zlib.crc32(before))


def _unseal_line(line: bytes) -> bytes:
    before, _, crc = line.removesuffix(b"}").rpartition(_CRC)
    if crc != b"%d" % zlib.crc32(before):
        raise JournalCorrupt("The first line of a combined segment is not as it was written.")
    return before + b"}"


def _encode_name(name: JournalName) -> dict[str, Any]:
    return {"episode_id": str(name.episode_id), "epoch": name.epoch}


def _parse_all(values: object, parse: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r} is no list")
    return tuple(parse(value) for value in values)


def _parse_name(members: Mapping[str, Any]) -> JournalName:
    return JournalName(UUID(members["episode_id"]), _parse_count(members["epoch"]))


def _parse_chunk(members: Mapping[str, Any]) -> Chunk:
    start, end, crc = (_parse_count(members[name]) for name in ("from", "to", "crc"))
    if not start < end or crc > _HIGHEST_CRC:
        raise ValueError(f"no chunk is from {start} to {end} with crc {crc}")
    return Chunk(_parse_name(members), start, end, crc)


def _parse_held(members: Mapping[str, Any]) -> Held:
    numbers = tuple((_parse_count(first), _parse_count(last)) for first, last in members["in"])
    if any(first > last for first, last in numbers):
        raise ValueError(f"{numbers} are no ranges")
    return Held(_parse_name(members), _parse_count(members["to"]), numbers)


def _parse_count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value
