from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.recorder.recordings import EPISODE, CountingJournal

from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.journal import FILE_HEADER, RECORD_HEADER, JournalWriter, compute_crc
from skill_arcade.recorder.reading import Cursor, Ending, ScannedRecord, scan_journal
from skill_arcade.recorder.records import RecordKind


@pytest.fixture
def small_journal(tmp_path: Path) -> Path:
    """A journal of two steps and an END."""
    journal = CountingJournal.begin(tmp_path / "original").play(2)
    journal.end()
    return journal.writer.path


def scan(path: Path, start: Cursor | None = None) -> tuple[list[ScannedRecord], Ending | None, Cursor]:
    journal = scan_journal(path, start)
    return list(journal), journal.ending, journal.cursor


def test_a_torn_journal_gives_its_whole_records_wherever_it_is_torn(small_journal: Path) -> None:
    """REC-13: cut at every byte."""
    data = small_journal.read_bytes()
    records, ending, _ = scan(small_journal)
    assert ending is Ending.CLEAN
    ends = [record.cursor.n_bytes for record in records]
    for n_bytes in range(len(data)):
        small_journal.write_bytes(data[:n_bytes])
        found, ending, cursor = scan(small_journal)
        assert found == [record for record, end in zip(records, ends, strict=True) if end <= n_bytes]
        whole = cursor.n_bytes == n_bytes > 0
        assert ending is (Ending.CLEAN if whole else Ending.TORN)


def test_zero_bytes_after_the_last_record_are_a_torn_tail(small_journal: Path) -> None:
    """REC-13: a file system can lengthen a file before it writes what belongs there."""
    records, _, cursor = scan(small_journal)
    for n_zeros in (1, 8, 9, 10, 4096, 3 << 20):
        with small_journal.open("ab") as file:
            file.truncate(cursor.n_bytes + n_zeros)
        assert scan(small_journal) == (records, Ending.TORN, cursor)
        with small_journal.open("ab") as file:
            file.truncate(cursor.n_bytes)


def test_a_flipped_bit_never_gives_a_wrong_record(small_journal: Path) -> None:
    """REC-12, REC-13: one bit of every byte in turn."""
    data = small_journal.read_bytes()
    records, _, _ = scan(small_journal)
    for i in range(len(data)):
        damaged = bytearray(data)
        damaged[i] ^= 1 << (i % 8)
        small_journal.write_bytes(bytes(damaged))
        found, ending, cursor = scan(small_journal)
        assert found == [record for record in records if record.cursor.n_bytes <= i]
        assert ending in (Ending.CORRUPT, Ending.TORN)
        assert cursor.n_bytes <= max(i, FILE_HEADER.size)


def test_wrong_bytes_that_others_follow_are_corrupt_and_those_at_the_end_are_torn(
    small_journal: Path,
) -> None:
    """REC-13."""
    data = bytearray(small_journal.read_bytes())
    records, _, _ = scan(small_journal)
    last = records[-1].offset + RECORD_HEADER.size
    data[last] ^= 1
    small_journal.write_bytes(bytes(data))
    assert scan(small_journal)[1] is Ending.TORN
    data[last] ^= 1
    data[records[-2].offset + RECORD_HEADER.size] ^= 1
    small_journal.write_bytes(bytes(data))
    found, ending, cursor = scan(small_journal)
    assert (len(found), ending, cursor.n_bytes) == (len(records) - 2, Ending.CORRUPT, records[-2].offset)


@pytest.mark.parametrize("more_bytes", [1 << 31, 1 << 24, 1 << 16])
def test_a_length_that_reaches_beyond_the_end_is_corrupt_if_records_follow_all_the_same(
    small_journal: Path, more_bytes: int
) -> None:
    """REC-13: one flipped bit of it would else take away everything that follows as a torn tail."""
    data = small_journal.read_bytes()
    records, _, _ = scan(small_journal)
    for i, record in enumerate(records):
        damaged = bytearray(data)
        length = int.from_bytes(damaged[record.offset : record.offset + 4], "little")
        damaged[record.offset : record.offset + 4] = (length ^ more_bytes).to_bytes(4, "little")
        small_journal.write_bytes(bytes(damaged))
        is_last = i == len(records) - 1
        assert scan(small_journal)[:2] == (records[:i], Ending.TORN if is_last else Ending.CORRUPT)


def test_a_record_that_is_half_there_is_torn_whatever_stands_in_it(tmp_path: Path) -> None:
    """REC-13: no bytes by chance look like the record that follows."""
    writer = JournalWriter.create(tmp_path, EPISODE, 1)
    writer.write([(RecordKind.OPEN, b"{}"), (RecordKind.PICTURE, random.Random(1).randbytes(200_000))])
    writer.close()
    data = writer.path.read_bytes()
    for n_bytes in (len(data) - 1, 100_000, 50):
        writer.path.write_bytes(data[:n_bytes])
        found, ending, _ = scan(writer.path)
        assert (len(found), ending) == (1, Ending.TORN)


def test_a_file_of_something_else_is_corrupt_from_its_first_byte(tmp_path: Path) -> None:
    """REC-11."""
    path = tmp_path / "000001.journal"
    path.write_bytes(b"PAR1" * 100)
    assert scan(path) == ([], Ending.CORRUPT, Cursor(0, 0))
    path.write_bytes(bytes(100))
    assert scan(path) == ([], Ending.TORN, Cursor(0, 0))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 5_000), max_size=6))
def test_a_journal_that_grows_is_followed_record_by_record(small_journal: Path, lengths: list[int]) -> None:
    """REC-12: going on from a cursor gives what one scan over the whole would."""
    data = small_journal.read_bytes()
    whole, _, end = scan(small_journal)
    growing = small_journal.with_name("growing.journal")
    found: list[ScannedRecord] = []
    cursor: Cursor | None = None
    for n_bytes in [*sorted(min(n, len(data)) for n in lengths), len(data)]:
        growing.write_bytes(data[:n_bytes])
        more, _, reached = scan(growing, cursor)
        found += more
        cursor = reached if reached.n_bytes else None
    assert (found, cursor) == (whole, end)


def test_a_cursor_waits_while_a_group_is_cut_off_and_written_again(small_journal: Path) -> None:
    """REC-15."""
    data = small_journal.read_bytes()
    records, _, end = scan(small_journal)
    small_journal.write_bytes(data[: records[-2].offset])
    assert scan(small_journal, end) == ([], Ending.TORN, end)
    small_journal.write_bytes(data)
    assert scan(small_journal, end) == ([], Ending.CLEAN, end)


def append(writer: JournalWriter, kind: int, body: bytes) -> None:
    """What a later version might write."""
    crc = compute_crc(writer.crc, kind, body)
    with writer.path.open("ab") as file:
        file.write(RECORD_HEADER.pack(len(body), crc, kind) + body)
    writer.crc = crc


@pytest.mark.parametrize("kind", [128, 255])
def test_an_unknown_record_of_a_high_kind_is_skipped(tmp_path: Path, kind: int) -> None:
    """REC-14."""
    journal = CountingJournal.begin(tmp_path)
    append(journal.writer, kind, b"later")
    journal.add(RecordKind.CLOCK, {"segment": 0})
    kinds = [record.kind for record in scan_journal(journal.writer.path)]
    assert kinds == [RecordKind.OPEN, RecordKind.SEGMENT, RecordKind.PICTURE, RecordKind.CLOCK]
    journal.writer.close()


@pytest.mark.parametrize("kind", [0, 10, 127])
def test_an_unknown_record_of_a_low_kind_is_refused(tmp_path: Path, kind: int) -> None:
    """REC-14."""
    writer = JournalWriter.create(tmp_path, EPISODE, 1)
    append(writer, kind, b"later")
    with pytest.raises(RecordingError, match="newer version"):
        list(scan_journal(writer.path))
    writer.close()


def test_a_journal_that_is_gone_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(scan_journal(tmp_path / "000001.journal"))
