from __future__ import annotations

from pathlib import Path

from tests.recorder.recordings import CountingJournal

from skill_arcade.recorder.journal import FILE_HEADER, RECORD_HEADER
from skill_arcade.recorder.scanning import scan_journal
from skill_arcade.recorder.spool.record_boundary import find_boundary, find_end


def test_wherever_a_journal_is_cut_the_boundary_is_after_its_last_whole_record(tmp_path: Path) -> None:
    """REC-12, REC-33."""
    journal = CountingJournal.begin(tmp_path).play(2)
    journal.writer.close()
    data = journal.writer.path.read_bytes()
    ends = [record.cursor.n_bytes for record in scan_journal(journal.writer.path)]
    for n_bytes in range(len(data) + 1):
        expected = max((end for end in ends if end <= n_bytes), default=0)
        assert find_boundary(data[:n_bytes], is_beginning=True) == expected
    from_second = data[ends[0] :]
    for n_bytes in range(len(from_second) + 1):
        expected = max((end - ends[0] for end in ends if end - ends[0] <= n_bytes), default=0)
        assert find_boundary(from_second[:n_bytes], is_beginning=False) == expected


def test_the_end_of_a_record_is_known_from_its_header_alone(tmp_path: Path) -> None:
    journal = CountingJournal.begin(tmp_path)
    journal.writer.close()
    data = journal.writer.path.read_bytes()
    first = next(iter(scan_journal(journal.writer.path)))
    header_end = FILE_HEADER.size + RECORD_HEADER.size
    assert find_end(data[:header_end], FILE_HEADER.size) == first.cursor.n_bytes
    assert find_end(data[: header_end - 1], FILE_HEADER.size) is None
