from __future__ import annotations

import json
import zlib
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill_arcade.domain.errors import JournalCorrupt, RecordingError
from skill_arcade.recorder.spool.segment import (
    Chunk,
    Held,
    JournalName,
    SegmentIndex,
    encode_segment,
    parse_index,
    parse_segment,
)

NAMES = st.builds(JournalName, st.uuids(), st.integers(1, 999_999))
RANGES = st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 100)), max_size=4).map(
    lambda some: tuple((first, first + n_more) for first, n_more in some)
)
HELD = st.builds(Held, NAMES, st.integers(0, 2**40), RANGES)


@st.composite
def segments(draw: st.DrawFn) -> tuple[SegmentIndex, list[bytes]]:
    bodies = draw(st.lists(st.binary(min_size=1, max_size=60), max_size=5))
    starts = draw(st.lists(st.integers(0, 2**40), min_size=len(bodies), max_size=len(bodies)))
    chunks = tuple(
        Chunk(draw(NAMES), start, start + len(body), zlib.crc32(body))
        for start, body in zip(starts, bodies, strict=True)
    )
    holds = tuple(draw(st.lists(HELD, max_size=4)))
    return SegmentIndex(draw(st.uuids()), draw(st.integers(0, 10**12)), "2026-01-31T23:59:59Z", chunks, holds), bodies


@given(segments())
def test_a_segment_is_read_as_it_was_written(segment: tuple[SegmentIndex, list[bytes]]) -> None:
    """REC-33: also where a chunk has line feeds in it."""
    index, bodies = segment
    data = encode_segment(index, bodies)
    found, offsets = parse_segment(data)
    assert found == index
    assert [data[at : at + c.end - c.start] for c, at in zip(index.chunks, offsets, strict=True)] == bodies


@given(segments(), st.data())
def test_a_segment_that_was_cut_or_lengthened_is_none(
    segment: tuple[SegmentIndex, list[bytes]], data: st.DataObject
) -> None:
    """REC-33."""
    whole = encode_segment(*segment)
    n_left = data.draw(st.integers(0, len(whole) - 1))
    for damaged in (whole[:n_left], whole + b"x"):
        with pytest.raises(JournalCorrupt):
            parse_segment(damaged)


@given(segments(), st.data())
def test_whatever_bit_of_the_first_line_flips_it_is_noticed(
    segment: tuple[SegmentIndex, list[bytes]], data: st.DataObject
) -> None:
    """REC-33: a wrong number there would lose what it tells of."""
    line = bytearray(encode_segment(*segment).partition(b"\n")[0])
    line[data.draw(st.integers(0, len(line) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(JournalCorrupt):
        parse_index(bytes(line))


MEMBERS: dict[str, Any] = {
    "format": 1,
    "machine": str(UUID(int=7)),
    "number": 3,
    "made_utc": "2026-01-31T23:59:59Z",
    "chunks": [{"episode_id": str(UUID(int=1)), "epoch": 1, "from": 0, "to": 5, "crc": 9}],
    "holds": [{"episode_id": str(UUID(int=1)), "epoch": 1, "to": 5, "in": [[1, 3]]}],
}


def encode_line(members: dict[str, Any]) -> bytes:
    text = json.dumps(members).encode()[:-1]
    return text + b',"crc":%d}' % zlib.crc32(text)


def test_members_of_later_versions_are_skipped() -> None:
    """REC-33."""
    chunk = {**MEMBERS["chunks"][0], "more": 1}
    line = encode_line({**MEMBERS, "chunks": [chunk], "more": {"of": "it"}})
    assert parse_index(line) == parse_index(encode_line(MEMBERS))


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "1"},
        {"format": 0},
        {"machine": "nobody"},
        {"number": -1},
        {"number": True},
        {"chunks": None},
        {"chunks": [1]},
        {"chunks": [{**MEMBERS["chunks"][0], "to": 0}]},
        {"chunks": [{**MEMBERS["chunks"][0], "crc": 1 << 32}]},
        {"chunks": [{"epoch": 1}]},
        {"holds": [{**MEMBERS["holds"][0], "in": [[3, 1]]}]},
        {"holds": [{**MEMBERS["holds"][0], "in": [[1, 2, 3]]}]},
        {"holds": {}},
    ],
)
def test_a_first_line_that_makes_no_sense_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(JournalCorrupt):
        parse_index(encode_line({**MEMBERS, **changes}))


def test_a_segment_of_a_newer_program_is_told_as_such() -> None:
    with pytest.raises(RecordingError, match="format 2; this program reads 1") as raised:
        parse_index(encode_line({**MEMBERS, "format": 2}))
    assert not isinstance(raised.value, JournalCorrupt)
