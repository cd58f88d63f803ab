from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.recorder.recordings import CountingJournal

from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.recorder import settled
from skill_arcade.recorder.epoch_walk import EpochRange, EpochWalk
from skill_arcade.recorder.journal import RECORD_HEADER
from skill_arcade.recorder.reading import find_adoption, read_episode_journal
from skill_arcade.recorder.records import RecordKind
from skill_arcade.recorder.settled import iterate_settled


def settle(path: Path) -> EpochRange:
    """The stretch of a journal of one epoch that a walk settles."""
    (stretch,) = read_episode_journal(path.parent).ranges
    return stretch


def record(folder: Path, n_steps: int) -> EpochRange:
    journal = CountingJournal.begin(folder).play(n_steps)
    journal.end()
    return settle(journal.writer.path)


@pytest.mark.parametrize("chunk_bytes", [9, 50, 333, 1 << 20])
def test_the_records_are_those_of_the_walk_wherever_the_file_is_cut_for_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk_bytes: int
) -> None:
    """REC-31: also records that are longer than what is read at once."""
    stretch = record(tmp_path, 5)
    monkeypatch.setattr(settled, "_CHUNK_BYTES", chunk_bytes)
    assert list(iterate_settled(stretch, frozenset(RecordKind))) == list(EpochWalk(stretch))


def test_only_the_kinds_that_are_wanted_are_given(tmp_path: Path) -> None:
    kinds = {RecordKind.STEP, RecordKind.END}
    records = list(iterate_settled(record(tmp_path, 3), kinds))
    assert [each.kind for each in records] == [*[RecordKind.STEP] * 3, RecordKind.END]


def test_what_was_not_adopted_is_not_given(tmp_path: Path) -> None:
    """REC-30: the old writer goes on for a while after the next epoch has adopted what was there."""
    first = CountingJournal.begin(tmp_path).play(2)
    second = CountingJournal.begin(tmp_path, 2, find_adoption(tmp_path), segment=1)
    first.play(3).writer.close()
    second.play(1).end()
    records = read_episode_journal(tmp_path).records(RecordKind.STEP)
    assert [(int.from_bytes(each.body[:4], "little"), each.epoch) for each in records] == [(0, 1), (1, 1), (2, 2)]


def test_a_record_of_a_high_kind_is_skipped(tmp_path: Path) -> None:
    """REC-14."""
    stretch = record(tmp_path, 1)
    with stretch.path.open("ab") as file:
        file.write(RECORD_HEADER.pack(5, 0, 200) + b"later")
    records = list(iterate_settled(replace(stretch, limit=stretch.path.stat().st_size), frozenset(RecordKind)))
    assert records == list(EpochWalk(stretch))


@pytest.mark.parametrize("chunk_bytes", [9, 50, 1 << 20])
def test_a_journal_that_has_become_shorter_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk_bytes: int
) -> None:
    """REC-1: fewer steps than were counted would otherwise be sealed without a word."""
    stretch = record(tmp_path, 5)
    monkeypatch.setattr(settled, "_CHUNK_BYTES", chunk_bytes)
    data = stretch.path.read_bytes()
    for n_bytes in range(32, len(data), 7):
        stretch.path.write_bytes(data[:n_bytes])
        with pytest.raises(JournalCorrupt, match="shorter than it was"):
            list(iterate_settled(stretch, frozenset(RecordKind)))


def test_a_limit_within_a_record_is_told(tmp_path: Path) -> None:
    stretch = record(tmp_path, 2)
    assert stretch.limit is not None
    with pytest.raises(JournalCorrupt, match="shorter than it was"):
        list(iterate_settled(replace(stretch, limit=stretch.limit - 1), frozenset(RecordKind)))
