from __future__ import annotations

import errno
import os
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.recorder.indexed import NOW, read_episode, read_steps, ship
from tests.recorder.recordings import PROVENANCE, CountingJournal, end_of, segment_of

from skill_arcade.archive.local import LocalStore
from skill_arcade.database.people import Person, insert_person
from skill_arcade.database.steps import StepRow
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.recorder import shipper as shipper_module
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.journal import FILE_HEADER, journal_path
from skill_arcade.recorder.reading import find_adoption
from skill_arcade.recorder.records import RecordKind
from skill_arcade.recorder.reindex import index_sealed
from skill_arcade.recorder.seal import seal_episode
from skill_arcade.recorder.shipper import SYNCS_AT_ONCE, Shipper


def make_safe_file(folder: Path) -> Path:
    (folder / "safe").write_bytes(bytes(16))
    return folder / "safe"


def read_safe(folder: Path) -> tuple[int, int]:
    here, store = struct.unpack("<QQ", (folder / "safe").read_bytes())
    return here, store


def identify(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def test_durable_here_follows_the_journal_live_60(folder: Path, shipper: Shipper) -> None:
    journal = CountingJournal.begin(folder)
    make_safe_file(folder)
    shipper.sync()
    assert read_safe(folder) == (0, 0)
    journal.play(7)
    assert read_safe(folder) == (0, 0)
    shipper.sync()
    assert read_safe(folder) == (7, 7)


def test_steps_are_called_durable_only_after_the_file_was_synced_rec_5(
    folder: Path, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names count too: a file whose folder was not synced is gone after a power cut."""
    said_at_sync: list[tuple[int, int]] = []
    synced: list[tuple[int, int]] = []
    sync = os.fdatasync

    def note(descriptor: int) -> None:
        said_at_sync.append(read_safe(folder))
        synced.append(identify(os.fstat(descriptor)))
        sync(descriptor)

    CountingJournal.begin(folder).play(3)
    make_safe_file(folder)
    monkeypatch.setattr(os, "fdatasync", note)
    shipper.sync()
    assert set(said_at_sync) == {(0, 0)}
    assert set(synced) == {identify(path.stat()) for path in (journal_path(folder, 1), folder, folder.parent)}
    assert read_safe(folder) == (3, 3)


def test_after_a_failed_sync_nothing_of_the_file_is_ever_called_durable_again(
    folder: Path, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = CountingJournal.begin(folder).play(3)
    make_safe_file(folder)
    shipper.sync()

    def fail(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    journal.play(2)
    with monkeypatch.context() as context:
        context.setattr(os, "fdatasync", fail)
        shipper.sync()
    journal.play(2)
    shipper.sync()
    assert read_safe(folder) == (3, 3)


def test_a_sync_that_fails_concerns_no_other_journal(
    journals: Path, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [journals / str(UUID(int=number)) for number in range(2 * SYNCS_AT_ONCE)]
    for folder in folders:
        CountingJournal.begin(folder).play(2)
        make_safe_file(folder)
    sync, broken = os.fdatasync, (folders[3] / "000001.journal").stat().st_ino

    def fail_one(descriptor: int) -> None:
        if os.fstat(descriptor).st_ino == broken:
            raise OSError(5, "Input/output error")
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", fail_one)
    shipper.sync()
    assert [read_safe(folder)[0] for folder in folders] == [0 if i == 3 else 2 for i in range(len(folders))]


def test_with_a_store_elsewhere_only_durable_here_is_published(folder: Path, journals: Path) -> None:
    CountingJournal.begin(folder).play(3)
    make_safe_file(folder)
    Shipper(journals, None, store_is_here=False).sync()
    assert read_safe(folder) == (3, 0)


def test_a_step_without_its_picture_does_not_count_rec_15(folder: Path, shipper: Shipper) -> None:
    journal = CountingJournal.begin(folder).play(2)
    make_safe_file(folder)
    *events_and_step, picture = journal.group(2)
    journal.writer.write(events_and_step)
    shipper.sync()
    assert read_safe(folder) == (2, 2)
    journal.writer.write([picture])
    shipper.sync()
    assert read_safe(folder) == (3, 3)


def test_a_step_without_its_observation_does_not_count_where_the_game_has_one_rec_15(
    folder: Path, shipper: Shipper
) -> None:
    journal = CountingJournal.begin(folder, has_observation=True).play(2)
    make_safe_file(folder)
    *others, observation = journal.group(2)
    journal.writer.write(others)
    shipper.sync()
    assert read_safe(folder) == (2, 2)
    journal.writer.write([observation])
    shipper.sync()
    assert read_safe(folder) == (3, 3)


def test_every_step_becomes_one_row_however_often_is_looked(folder: Path, shipper: Shipper, database: Database) -> None:
    journal = CountingJournal.begin(folder)
    for n_steps in (1, 0, 5, 200, 0, 3):
        journal.play(n_steps)
        ship(shipper)
        rows = read_steps(database)
        assert [row.step for row in rows] == list(range(journal.n_steps))
        assert read_episode(database).n_steps == journal.n_steps


def test_a_row_says_what_its_step_was_and_when_by_the_servers_clock(
    folder: Path, shipper: Shipper, database: Database
) -> None:
    journal = CountingJournal.begin(folder).play(2)
    special: dict[str, Any] = {"action": (0.5, -1.0), "info": {"note": "ü"}, "terminated": True}
    journal.writer.write(journal.group(2, **special))
    ship(shipper)
    rows = read_steps(database)
    assert rows[1] == StepRow(1, 1, 0.1, 0, 1_769_903_999_500_000 + 16_666, None)
    assert rows[2] == StepRow(
        2, None, 0.2, 1, 1_769_903_999_500_000 + 33_333, {"action": [0.5, -1.0], "info": {"note": "ü"}}
    )


def test_a_running_episode_is_in_the_index_with_its_player(folder: Path, shipper: Shipper, database: Database) -> None:
    person = Person(uuid4(), None, guest=True, role="player", pseudonym=PROVENANCE["user"])
    with database.write() as work:
        insert_person(work, person, NOW)
    CountingJournal.begin(folder).play(4)
    ship(shipper)
    row = read_episode(database)
    assert (row.user_id, row.game_id, row.seed, row.attempt_index) == (person.id, "Counting.v0", 7, 3)
    assert (row.status, row.played_by, row.epoch) == ("running", "human", 1)
    assert row.time_created == datetime(2026, 1, 31, 23, 59, 59, 500_000, tzinfo=UTC)


def test_who_plays_is_noted_when_a_client_comes(folder: Path, shipper: Shipper, database: Database) -> None:
    journal = CountingJournal.begin(folder)
    journal.writer.write([])
    ship(shipper)
    journal.add(RecordKind.SEGMENT, segment_of(1, 1, 0, client={"played_by": "agent"}))
    ship(shipper)
    assert read_episode(database).played_by == "human"  # the first who was there counts


def test_the_end_is_in_the_index_before_the_episode_is_sealed(
    folder: Path, shipper: Shipper, database: Database
) -> None:
    journal = CountingJournal.begin(folder).play(4)
    ship(shipper)
    journal.end(status="won", end_reason="terminated", metric=12.5)
    assert shipper.sync() == 1
    assert shipper.sync() == 0
    shipper.write_rows()
    row = read_episode(database)
    assert (row.status, row.end_reason, row.metric, row.n_steps) == ("won", "terminated", 12.5, 4)
    assert row.score == end_of(4)["score"]
    assert not row.sealed


def test_a_sealed_episode_whose_journal_is_kept_stays_a_sealed_one_when_a_shipper_starts(
    folder: Path, journals: Path, index: EpisodeIndex, database: Database, tmp_path: Path
) -> None:
    """REC-37: the journal is kept where something is wrong."""
    CountingJournal.begin(folder).play(4).end()
    store = LocalStore(tmp_path / "store")
    index_sealed(index, store, seal_episode(folder, store).place)
    assert read_episode(database).sealed
    ship(Shipper(journals, index))
    assert read_episode(database).sealed


def test_steps_that_the_next_epoch_did_not_adopt_are_taken_back_rec_30(
    folder: Path, shipper: Shipper, database: Database
) -> None:
    first = CountingJournal.begin(folder).play(10)
    adoption = find_adoption(folder)
    first.play(5)
    ship(shipper)
    assert len(read_steps(database)) == 15
    first.writer.close()
    second = CountingJournal.begin(folder, epoch=2, adopts=adoption, segment=1)
    second.writer.write(second.group(10, action=1, reward=77.0))
    ship(shipper)
    rows = read_steps(database)
    assert [row.step for row in rows] == list(range(11))
    assert rows[10].reward == 77.0
    assert read_episode(database).epoch == 2


def test_a_shipper_that_was_killed_goes_on_without_a_gap_or_a_double(
    folder: Path, journals: Path, index: EpisodeIndex, database: Database
) -> None:
    journal = CountingJournal.begin(folder).play(10)
    ship(Shipper(journals, index))
    journal.play(10)
    again = Shipper(journals, index)
    ship(again)
    journal.play(10)
    ship(again)
    assert [row.step for row in read_steps(database)] == list(range(30))


def test_a_shipper_that_missed_a_whole_epoch_reads_it_later(
    folder: Path, journals: Path, index: EpisodeIndex, database: Database
) -> None:
    CountingJournal.begin(folder).play(10).writer.close()
    CountingJournal.begin(folder, epoch=2, adopts=find_adoption(folder), segment=1).play(5)
    ship(Shipper(journals, index))
    assert [row.step for row in read_steps(database)] == list(range(15))


def test_rows_wait_while_the_database_is_away(
    folder: Path, shipper: Shipper, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = CountingJournal.begin(folder).play(5)
    make_safe_file(folder)
    ship(shipper)

    def fail(*_: object) -> None:
        raise DataFolderError("The database is away.")

    with monkeypatch.context() as context:
        context.setattr(EpisodeIndex, "append", fail)
        journal.play(5)
        ship(shipper)
        journal.play(5)
        ship(shipper)
    assert read_safe(folder) == (15, 15)
    ship(shipper)
    assert [row.step for row in read_steps(database)] == list(range(15))


def test_too_many_waiting_rows_are_dropped_from_memory_and_read_again_later(
    folder: Path, shipper: Shipper, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    CountingJournal.begin(folder).play(50)
    with monkeypatch.context() as context:
        context.setattr(shipper_module, "MAX_WAITING_ROWS", 20)
        ship(shipper)
    ship(shipper)
    assert len(read_steps(database)) == 50


def test_a_journal_that_is_sealed_away_is_forgotten(folder: Path, shipper: Shipper, tmp_path: Path) -> None:
    CountingJournal.begin(folder).play(3)
    ship(shipper)
    folder.rename(tmp_path / "gone")
    ship(shipper)
    assert shipper._followed == {}


@pytest.mark.parametrize("goes_in", ["list_epochs", "_sync_file", "read_episode_journal"])
def test_a_journal_that_is_sealed_away_just_now_does_not_hold_up_the_others(
    folder: Path, shipper: Shipper, journals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, goes_in: str
) -> None:
    going = journals / str(UUID(int=1))
    CountingJournal.begin(going).play(3).end()
    CountingJournal.begin(folder).play(3)
    make_safe_file(folder)
    real = getattr(shipper_module, goes_in)

    def look(path: Path) -> object:
        if path == going:
            going.rename(tmp_path / "gone")
            raise FileNotFoundError(path)
        return real(path)

    monkeypatch.setattr(shipper_module, goes_in, look)
    ship(shipper)
    ship(shipper)
    assert read_safe(folder) == (3, 3)
    assert list(shipper._followed) == [folder.name]


def test_an_episode_whose_older_epochs_cannot_be_synced_is_never_called_safe(
    folder: Path, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LIVE-60, REC-5."""
    CountingJournal.begin(folder).play(10).writer.close()
    second = CountingJournal.begin(folder, epoch=2, adopts=find_adoption(folder), segment=1).play(5)
    make_safe_file(folder)

    def fail(_folder: Path, _newest: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as context:
        context.setattr(shipper_module, "_sync_older_epochs", fail)
        ship(shipper)
    second.play(1)
    ship(shipper)
    assert read_safe(folder) == (0, 0)


def test_one_journal_that_makes_no_episode_does_not_hold_up_the_others(
    folder: Path, shipper: Shipper, database: Database, journals: Path
) -> None:
    broken = journals / str(UUID(int=1))
    provenance = {name: value for name, value in PROVENANCE.items() if name != "attempt_index"}
    bad = CountingJournal.begin(broken, provenance=provenance).play(1)
    make_safe_file(broken)
    good = CountingJournal.begin(folder).play(1)
    ship(shipper)
    for journal in (bad, good):
        journal.play(2)
    ship(shipper)
    assert len(read_steps(database)) == 3
    assert read_safe(broken) == (3, 3)


def test_a_journal_whose_first_record_was_not_whole_at_the_first_look_is_indexed_later(
    folder: Path, shipper: Shipper, database: Database, tmp_path: Path
) -> None:
    CountingJournal.begin(tmp_path / "whole").play(1)
    whole = (tmp_path / "whole" / "000001.journal").read_bytes()
    folder.mkdir(parents=True)
    path = folder / "000001.journal"
    for n_bytes in (0, FILE_HEADER.size - 1, FILE_HEADER.size, FILE_HEADER.size + 100, len(whole)):
        path.write_bytes(whole[:n_bytes])
        shipper.sync()
        shipper.write_rows()
    assert read_episode(database).n_steps == 1
    assert [row.step for row in read_steps(database)] == [0]
