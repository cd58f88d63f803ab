from __future__ import annotations

import errno
import logging
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.recorder.failing_files import FailingFiles
from tests.recorder.indexed import NOW, read_episode, read_steps, ship
from tests.recorder.listening import Clock, make_safe_file, read_safe
from tests.recorder.recordings import EPISODE, PROVENANCE, CountingJournal, end_of, segment_of

from skill_arcade.archive.local import LocalStore
from skill_arcade.database.episodes import fetch_keys
from skill_arcade.database.people import Person, insert_person
from skill_arcade.database.steps import StepRow, delete_steps
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.recorder import followed as followed_module
from skill_arcade.recorder import live_rows as live_rows_module
from skill_arcade.recorder import scanning as scanning_module
from skill_arcade.recorder import shipper as shipper_module
from skill_arcade.recorder.chain import find_next_epoch, write_generation
from skill_arcade.recorder.index import EpisodeIndex, LiveUpdate
from skill_arcade.recorder.journal import FILE_HEADER, journal_path
from skill_arcade.recorder.reading import find_adoption
from skill_arcade.recorder.records import RecordKind
from skill_arcade.recorder.reindex import index_sealed
from skill_arcade.recorder.retry_wait import LONGEST_WAIT_S
from skill_arcade.recorder.seal import seal_episode
from skill_arcade.recorder.shipper import SYNCS_AT_ONCE, Shipper


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shipper(journals: Path, index: EpisodeIndex, clock: Clock) -> Shipper:
    return Shipper(journals, index, monotonic_s=clock, jitter=lambda: 1.0)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> FailingFiles:
    return FailingFiles(monkeypatch)


def fail_to_sync(_descriptor: int) -> None:
    raise OSError(errno.EIO, "Input/output error")


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


def test_a_session_that_makes_its_file_late_is_told_nevertheless_live_60(folder: Path, shipper: Shipper) -> None:
    """It makes the file after the journal, and the shipper may look in between; a player may pause then."""
    CountingJournal.begin(folder).play(3)
    shipper.sync()
    make_safe_file(folder)
    shipper.sync()
    assert read_safe(folder) == (3, 3)


def test_a_torn_tail_is_read_and_synced_once(folder: Path, shipper: Shipper, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = CountingJournal.begin(folder).play(3)
    with journal.writer.path.open("ab") as file:
        file.write(b"torn")
    shipper.sync()
    monkeypatch.setattr(os, "fdatasync", lambda _descriptor: pytest.fail("nothing came"))
    shipper.sync()
    assert shipper.status().oldest_not_here_s == 0


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
    folder: Path, shipper: Shipper, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
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
    assert shipper.status().n_rows_waiting == 10
    clock.now_s += LONGEST_WAIT_S
    ship(shipper)
    assert [row.step for row in read_steps(database)] == list(range(15))
    assert shipper.status().n_rows_waiting == 0


def test_a_database_that_is_away_is_asked_every_few_seconds_without_end(
    folder: Path, shipper: Shipper, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = CountingJournal.begin(folder).play(5)
    asked_at_s: list[float] = []

    def fail(*_: object) -> None:
        asked_at_s.append(clock.now_s)
        raise DataFolderError("The database is away.")

    with monkeypatch.context() as context:
        context.setattr(EpisodeIndex, "append", fail)
        for _ in range(600):  # ten minutes
            journal.play(1)
            ship(shipper)
            clock.now_s += 1
    waits_s = [after - before for before, after in pairwise(asked_at_s)]
    assert max(waits_s) <= LONGEST_WAIT_S + 1
    assert 600 / LONGEST_WAIT_S / 1.3 < len(asked_at_s) < 600 / 2
    assert shipper.status().n_index_failures == len(asked_at_s)
    assert 599 < shipper.status().oldest_not_in_sql_s <= 600
    clock.now_s += LONGEST_WAIT_S
    ship(shipper)
    assert [row.step for row in read_steps(database)] == list(range(605))


def test_a_journal_is_read_again_only_if_its_rows_are_gone_from_memory(
    folder: Path, journals: Path, index: EpisodeIndex, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading and parsing is what this process takes its time for."""
    journal = CountingJournal.begin(folder).play(30)
    ship(Shipper(journals, index))
    monkeypatch.setattr(live_rows_module, "read_episode_journal", lambda _folder: pytest.fail("it was read again"))
    again = Shipper(journals, index)
    for _ in range(3):
        journal.play(20)
        ship(again)
    assert [row.step for row in read_steps(database)] == list(range(90))


def test_rows_that_the_database_lost_after_all_are_written_again(
    folder: Path, shipper: Shipper, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that was cut off may have kept, or lost, what it was told last: it is asked again."""
    journal = CountingJournal.begin(folder).play(10)
    ship(shipper)
    append = EpisodeIndex.append

    def append_and_fail(index: EpisodeIndex, updates: Sequence[LiveUpdate]) -> frozenset[UUID]:
        append(index, updates)
        raise DataFolderError("The connection was cut after the commit.")

    with monkeypatch.context() as context:
        context.setattr(EpisodeIndex, "append", append_and_fail)
        journal.play(5)
        ship(shipper)
    with database.write() as work:
        delete_steps(work, {fetch_keys(work, [EPISODE])[EPISODE]: 4})
    clock.now_s += LONGEST_WAIT_S
    journal.play(1)
    ship(shipper)
    assert [row.step for row in read_steps(database)] == list(range(16))


def test_what_another_server_owns_is_followed_no_more_and_told_once(
    folder: Path, journals: Path, index: EpisodeIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REC-32."""
    moved: list[UUID] = []
    shipper = Shipper(journals, index, on_moved=moved.append)
    other = CountingJournal.begin(journals / str(UUID(int=1))).play(2)
    journal = CountingJournal.begin(folder).play(2)
    make_safe_file(folder)
    make_safe_file(journals / str(UUID(int=1)))
    monkeypatch.setattr(EpisodeIndex, "append", lambda _index, _updates: frozenset({EPISODE}))
    other.writer.close()
    (journals / str(UUID(int=1))).rename(journals.parent / "gone")
    ship(shipper)
    assert moved == [EPISODE]
    journal.play(3)
    ship(shipper)
    assert moved == [EPISODE]
    assert read_safe(folder) == (2, 2)
    assert shipper.status().n_followed == 0


def test_an_episode_that_comes_back_is_followed_again(
    folder: Path, journals: Path, index: EpisodeIndex, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REC-32: it was claimed once more, and its next epoch is of a later generation."""
    shipper = Shipper(journals, index)
    CountingJournal.begin(folder).play(2).writer.close()
    with monkeypatch.context() as context:
        context.setattr(EpisodeIndex, "append", lambda _index, _updates: frozenset({EPISODE}))
        ship(shipper)
    ship(shipper)
    assert shipper.status().n_followed == 0
    write_generation(folder, 2)
    CountingJournal.begin(folder, find_next_epoch(folder), find_adoption(folder), segment=1).play(3)
    ship(shipper)
    assert shipper.status().n_followed == 1
    assert read_episode(database).epoch == 2001
    assert [row.step for row in read_steps(database)] == list(range(5))


def test_an_epoch_of_a_later_generation_is_found_though_it_is_not_the_next_number(
    folder: Path, shipper: Shipper
) -> None:
    """REC-32, LIVE-60."""
    CountingJournal.begin(folder).play(2).writer.close()
    make_safe_file(folder)
    shipper.sync()
    write_generation(folder, 3)
    CountingJournal.begin(folder, find_next_epoch(folder), find_adoption(folder), segment=1).play(4)
    shipper.sync()
    assert read_safe(folder) == (6, 6)


def test_too_many_waiting_rows_are_dropped_from_memory_and_read_again_later(
    folder: Path, shipper: Shipper, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = CountingJournal.begin(folder).play(30)
    monkeypatch.setattr(followed_module, "MAX_WAITING_ROWS", 20)
    shipper.sync()
    assert shipper.status().n_rows_waiting == 0
    journal.play(20)
    ship(shipper)
    assert shipper.status().n_rows_waiting == 0
    assert [row.step for row in read_steps(database)] == list(range(50))
    journal.play(10)
    ship(shipper)
    assert [row.step for row in read_steps(database)] == list(range(60))


def test_a_transaction_takes_so_many_rows_and_the_next_ones_take_the_rest(
    folder: Path, shipper: Shipper, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_rows_module, "MAX_ROWS_AT_ONCE", 20)
    journal = CountingJournal.begin(folder).play(30)
    shipper.sync()
    with monkeypatch.context() as context:
        context.setattr(followed_module, "MAX_WAITING_ROWS", 40)
        journal.play(25)
        shipper.sync()  # too many: the first ones are in the journal alone
    told = [(shipper.write_rows(), len(read_steps(database))) for _ in range(4)]
    assert told == [(False, 20), (False, 40), (True, 55), (True, 55)]
    assert [row.step for row in read_steps(database)] == list(range(55))


def test_a_journal_that_is_sealed_away_is_forgotten(folder: Path, shipper: Shipper, tmp_path: Path) -> None:
    CountingJournal.begin(folder).play(3)
    ship(shipper)
    folder.rename(tmp_path / "gone")
    ship(shipper)
    assert shipper.status().n_followed == 0


@pytest.mark.parametrize(
    ("module", "goes_in"),
    [
        (shipper_module, "find_newest_epoch"),
        (shipper_module, "_sync_older_epochs"),
        (shipper_module, "_sync_file"),
        (live_rows_module, "read_episode_journal"),
    ],
)
def test_a_journal_that_is_sealed_away_just_now_does_not_hold_up_the_others(
    folder: Path,
    journals: Path,
    index: EpisodeIndex,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    goes_in: str,
) -> None:
    going = journals / str(UUID(int=1))
    CountingJournal.begin(going).play(1).writer.close()
    CountingJournal.begin(going, 2, find_adoption(going), segment=1).play(3).end()
    CountingJournal.begin(folder).play(3)
    make_safe_file(folder)
    real = getattr(module, goes_in)

    def look(path: Path, *more: Path) -> object:
        if going.is_dir() and path in {going, *going.iterdir()}:
            going.rename(tmp_path / "gone")
        return real(path, *more)

    monkeypatch.setattr(module, goes_in, look)
    shipper = Shipper(journals, index)
    ship(shipper)
    ship(shipper)
    assert not going.exists()
    assert read_safe(folder) == (3, 3)
    assert [each.folder for each in shipper._live.all()] == [folder]
    assert shipper.status().n_given_up == 0


def test_an_episode_whose_older_epochs_cannot_be_synced_is_never_called_safe(
    folder: Path, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LIVE-60, REC-5."""
    CountingJournal.begin(folder).play(10).writer.close()
    second = CountingJournal.begin(folder, epoch=2, adopts=find_adoption(folder), segment=1).play(5)
    make_safe_file(folder)

    with monkeypatch.context() as context:
        context.setattr(os, "fdatasync", fail_to_sync)
        ship(shipper)
    second.play(1)
    ship(shipper)
    assert read_safe(folder) == (0, 0)


def test_what_goes_on_from_what_could_not_be_synced_is_never_called_durable_either_and_is_sealed(
    folder: Path, shipper: Shipper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """LIVE-60, REC-5: the kernel tells a lost page once, and says after that that all is well."""
    first = CountingJournal.begin(folder).play(3)
    make_safe_file(folder)
    shipper.sync()
    first.play(2)
    with monkeypatch.context() as context:
        context.setattr(os, "fdatasync", fail_to_sync)
        shipper.sync()
    first.writer.close()
    for epoch in (2, 3):
        journal = CountingJournal.begin(folder, epoch, find_adoption(folder), segment=epoch - 1).play(2)
        shipper.sync()
        journal.play(2)
        shipper.sync()
        journal.writer.close()
    assert read_safe(folder) == (3, 3)
    assert shipper.status().n_given_up == 1
    CountingJournal.begin(folder, 4, find_adoption(folder), segment=3).end()
    assert seal_episode(folder, LocalStore(tmp_path / "store")).row["n_steps"] == 13


def test_a_journal_in_anothers_place_is_not_blamed_for_a_sync_that_failed(
    folder: Path, shipper: Shipper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """REC-32: the folder was set aside, and what came back is out of the store."""
    CountingJournal.begin(folder).play(3).writer.close()
    with monkeypatch.context() as context:
        context.setattr(os, "fdatasync", fail_to_sync)
        shipper.sync()
    folder.rename(tmp_path / "aside")
    shipper.sync()
    CountingJournal.begin(folder).play(2)
    make_safe_file(folder)
    shipper.sync()
    assert read_safe(folder) == (2, 2)


def test_after_a_corrupt_epoch_the_next_one_is_called_durable_again(folder: Path, shipper: Shipper) -> None:
    """REC-13: what comes before the damage is used, and was synced."""
    first = CountingJournal.begin(folder).play(5)
    make_safe_file(folder)
    shipper.sync()
    n_sound = first.writer.n_bytes
    first.play(5).writer.close()
    data = bytearray(first.writer.path.read_bytes())
    data[n_sound + 20] ^= 1
    first.writer.path.write_bytes(data)
    shipper.sync()
    assert shipper.status().n_given_up == 1
    CountingJournal.begin(folder, 2, find_adoption(folder), segment=1).play(2)
    shipper.sync()
    assert read_safe(folder) == (7, 7)
    assert shipper.status().n_given_up == 0


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EMFILE])
@pytest.mark.parametrize("what", ["", "000001.journal", "000002.journal"])
def test_an_episode_that_cannot_be_looked_into_holds_up_no_other_and_is_told_once(
    folder: Path,
    journals: Path,
    shipper: Shipper,
    clock: Clock,
    failing: FailingFiles,
    caplog: pytest.LogCaptureFixture,
    what: str,
    number: int,
) -> None:
    other = journals / str(UUID(int=1))
    CountingJournal.begin(folder).play(2)
    CountingJournal.begin(other).play(1).writer.close()
    CountingJournal.begin(other, 2, find_adoption(other), segment=1).play(3)
    for each in (folder, other):
        make_safe_file(each)
    failing.errors = {other / what: number}
    for _ in range(3):
        ship(shipper)
        clock.now_s += 1
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert str(other) in caplog.text
    assert (shipper.status().n_given_up, shipper.status().oldest_not_here_s) == (0, 3)
    failing.errors = {}
    assert [read_safe(each) for each in (folder, other)] == [(2, 2), (0, 0)]
    shipper.sync()
    assert read_safe(other) == (4, 4)
    assert (shipper.status().n_given_up, shipper.status().oldest_not_here_s) == (0, 0)


def test_what_is_no_episode_and_cannot_be_looked_into_is_no_alarm(
    folder: Path, journals: Path, shipper: Shipper, clock: Clock, failing: FailingFiles
) -> None:
    """The folder of a whole disk has `lost+found`, which is root's."""
    CountingJournal.begin(folder).play(2)
    (journals / "lost+found").mkdir()
    failing.errors = {journals / "lost+found": errno.EACCES}
    shipper.sync()
    clock.now_s += 9
    assert shipper.status().oldest_not_here_s == 0


def test_a_journal_that_could_not_be_read_to_its_end_is_read_again_without_a_double(
    folder: Path, journals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was taken in of it before it failed is forgotten: segments, times and all."""
    journal = CountingJournal.begin(folder).play(3)
    journal.add(RecordKind.SEGMENT, segment_of(1, 1, 3, utc_ns=1_800_000_000_000_000_000)).play(3)
    monkeypatch.setattr(scanning_module, "_CHUNK_BYTES", 64)
    read, n_reads, fails_at = os.pread, 0, 0

    def count(descriptor: int, n_bytes: int, offset: int) -> bytes:
        nonlocal n_reads
        n_reads += 1
        if n_reads == fails_at:
            raise OSError(errno.EIO, "Input/output error")
        return read(descriptor, n_bytes, offset)

    monkeypatch.setattr(os, "pread", count)

    def follow() -> tuple[list[StepRow], tuple[Any, ...]]:
        nonlocal n_reads
        n_reads = 0
        shipper = Shipper(journals, EpisodeIndex(None, lambda: NOW))  # type: ignore[arg-type]
        for _ in range(2):
            shipper.sync()
        (followed,) = shipper._live.all()
        assert shipper.status().n_given_up == 0
        return followed.rows, followed.synced.segments

    expected = follow()
    assert len(expected[0]) == 6
    assert len(expected[1]) == 2
    n_needed = n_reads
    assert n_needed > 10
    for fails_at in range(1, n_needed + 1):  # noqa: B007 - `count` has it
        assert follow() == expected


def test_a_sync_that_could_not_begin_is_made_up_for_though_nothing_more_comes(
    folder: Path, shipper: Shipper, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process without a descriptor left has lost no page."""
    CountingJournal.begin(folder).play(3)
    make_safe_file(folder)
    shipper.sync()
    CountingJournal.begin(folder, 2, find_adoption(folder), segment=1).play(2)

    def fail(_path: Path) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as context:
        context.setattr(shipper_module, "_sync_older_epochs", lambda _folder, _newest: None)
        context.setattr(shipper_module, "_sync_file", fail)
        for _ in range(2):
            shipper.sync()
    assert read_safe(folder) == (3, 3)
    assert shipper.status().n_given_up == 0
    ship(shipper)
    assert read_safe(folder) == (5, 5)
    assert [row.step for row in read_steps(database)] == list(range(5))


def test_a_session_that_cannot_be_told_is_safe_nevertheless_and_told_later(
    folder: Path, shipper: Shipper, database: Database, failing: FailingFiles, caplog: pytest.LogCaptureFixture
) -> None:
    """LIVE-60."""
    CountingJournal.begin(folder).play(3)
    safe = make_safe_file(folder)
    failing.errors = {safe: errno.EACCES}
    for _ in range(3):
        ship(shipper)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert len(read_steps(database)) == 3
    assert shipper.status().oldest_not_here_s == 0
    failing.errors = {}
    assert read_safe(folder) == (0, 0)
    shipper.sync()
    assert read_safe(folder) == (3, 3)


def test_steps_that_cannot_be_read_for_the_index_hold_up_no_others_and_come_later(
    folder: Path,
    journals: Path,
    shipper: Shipper,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    database: Database,
) -> None:
    CountingJournal.begin(folder).play(3).writer.close()
    CountingJournal.begin(folder, 2, find_adoption(folder), segment=1).play(2)  # so that epoch 1 is read again
    other = journals / str(UUID(int=1))
    CountingJournal.begin(other).play(1)
    real, indexed = EpisodeIndex.append, list[int]()

    def note(index: EpisodeIndex, updates: Sequence[LiveUpdate]) -> frozenset[UUID]:
        indexed.extend(len(update.rows) for update in updates)
        return real(index, updates)

    def fail(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(EpisodeIndex, "append", note)
    with monkeypatch.context() as context:
        context.setattr(live_rows_module, "read_episode_journal", fail)
        for _ in range(3):
            ship(shipper)
    assert indexed == [1]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert shipper.status().n_index_failures == 0
    ship(shipper)
    assert indexed == [1, 5]
    assert [row.step for row in read_steps(database)] == list(range(5))


def test_a_damaged_journal_that_is_kept_of_a_sealed_episode_is_no_alarm_any_more(
    folder: Path, journals: Path, index: EpisodeIndex
) -> None:
    """REC-37."""
    journal = CountingJournal.begin(folder).play(3)
    journal.writer.path.write_bytes(b"x" + journal.writer.path.read_bytes()[1:])
    sealed, is_away = set[UUID](), False

    def is_released(episode_id: UUID) -> bool:
        if is_away:
            raise DataFolderError("The database is away.")
        return episode_id in sealed

    shipper = Shipper(journals, index, is_released=is_released)
    ship(shipper)
    assert shipper.status().n_given_up == 1
    sealed.add(EPISODE)
    is_away = True
    ship(shipper)
    assert shipper.status().n_given_up == 1
    is_away = False
    ship(shipper)
    assert shipper.status().n_given_up == 0
    assert shipper.status().n_followed == 1


def test_where_the_store_is_a_folder_here_no_episode_can_be_let_go(folder: Path, shipper: Shipper) -> None:
    """REC-32: another server would find nothing of it."""
    CountingJournal.begin(folder).play(3)
    assert shipper.ship_all()
    assert not shipper.ship_all(folder)


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
