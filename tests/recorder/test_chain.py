from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.recorder.recordings import EPISODE, CountingJournal

from skill_arcade.domain.episode import EndReason
from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.chain import (
    find_newest_epoch,
    find_next_epoch,
    generation_of,
    read_generation,
    write_generation,
)
from skill_arcade.recorder.closing import close_orphan
from skill_arcade.recorder.journal import JournalWriter, journal_path
from skill_arcade.recorder.reading import find_adoption, read_episode_journal


def begin(folder: Path, epoch: int) -> None:
    folder.mkdir(exist_ok=True)
    journal_path(folder, epoch).touch()


def test_epochs_are_counted_within_the_block_of_the_generation(tmp_path: Path) -> None:
    """REC-32: whoever takes over has the higher epoch, without asking."""
    assert read_generation(tmp_path) == 0
    assert find_next_epoch(tmp_path) == 1
    begin(tmp_path, 1)
    begin(tmp_path, 2)
    assert find_next_epoch(tmp_path) == 3
    write_generation(tmp_path, 1)
    assert read_generation(tmp_path) == 1
    assert find_next_epoch(tmp_path) == 1001
    begin(tmp_path, 1001)
    assert find_next_epoch(tmp_path) == 1002
    write_generation(tmp_path, 7)
    assert find_next_epoch(tmp_path) == 7001
    assert [generation_of(epoch) for epoch in (1, 999, 1001, 7999)] == [0, 0, 1, 7]


@pytest.mark.parametrize(("generation", "epoch"), [(0, 999), (3, 3999), (999, 999_999)])
def test_no_epoch_is_taken_from_anothers_block(tmp_path: Path, generation: int, epoch: int) -> None:
    """REC-32."""
    write_generation(tmp_path, generation)
    begin(tmp_path, epoch - 1)
    assert find_next_epoch(tmp_path) == epoch
    begin(tmp_path, epoch)
    with pytest.raises(RecordingError, match="all 999 epochs that this server has for it are used up"):
        find_next_epoch(tmp_path)


def test_a_server_that_does_not_know_its_generation_does_not_write_in_that_of_another(tmp_path: Path) -> None:
    """REC-32: the file `generation` did not come with the journals."""
    begin(tmp_path, 1001)
    with pytest.raises(RecordingError, match="used up"):
        find_next_epoch(tmp_path)


@pytest.mark.parametrize("content", ["", "one", "-1", "\xff"])
def test_a_generation_that_is_no_number_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "generation").write_text(content, "latin-1")
    with pytest.raises(RecordingError, match="generation holds"):
        read_generation(tmp_path)


def test_the_generation_is_on_the_disk_before_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """REC-32: after a power loss it is the old one or the new one, never none."""
    folder = tmp_path / "episode"
    write_generation(folder, 1)
    synced: list[tuple[int, int]] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        status = os.fstat(descriptor)
        synced.append((status.st_dev, status.st_ino))
        sync(descriptor)
        if len(synced) == 1:  # of the file, which has another name until then
            assert read_generation(folder) == 1

    monkeypatch.setattr(os, "fsync", note)
    write_generation(folder, 2)
    expected = [(path.stat().st_dev, path.stat().st_ino) for path in (folder / "generation", folder, tmp_path)]
    assert synced == expected
    assert read_generation(folder) == 2


def test_the_newest_epoch_is_found_by_its_name_alone(tmp_path: Path) -> None:
    assert find_newest_epoch(tmp_path / "missing") is None
    assert find_newest_epoch(tmp_path) is None
    for name in ("000009.journal", "001001.journal", "2000000.journal", "safe", "generation", "999999.journal.part"):
        (tmp_path / name).touch()
    assert find_newest_epoch(tmp_path) == 1001
    assert find_newest_epoch(tmp_path / "safe") is None


def test_an_episode_that_was_taken_over_goes_on_and_ends_in_its_owners_block(tmp_path: Path) -> None:
    """REC-31, REC-32: what the one before still writes, in an epoch of its own, is set aside."""
    folder = tmp_path / "episode"
    CountingJournal.begin(folder).play(4).writer.close()
    adoption = find_adoption(folder)
    stale = CountingJournal.begin(folder, epoch=2, adopts=adoption, segment=1).play(9)
    write_generation(folder, 1)
    taken = CountingJournal.begin(folder, find_next_epoch(folder), adoption, segment=1).play(2)
    assert find_adoption(folder).epoch == 1001
    stale.play(3).end()
    taken.writer.close()
    journal = read_episode_journal(folder)
    assert [adopted.epoch for adopted in journal.adopted] == [1, 1001]
    assert journal.n_steps == 6
    closed = close_orphan(folder, EndReason.ABANDONED, None)
    assert [adopted.epoch for adopted in closed.adopted] == [1, 1001, 1002]
    with pytest.raises(RecordingError, match="begun by another"):
        JournalWriter.create(folder, EPISODE, 1002)
