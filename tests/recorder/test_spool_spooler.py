"""The spooler on a store that works; `test_spool_faults` has one that does not."""

from __future__ import annotations

import errno
import logging
import zlib
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from tests.recorder.failing_files import FailingFiles
from tests.recorder.recordings import CountingJournal
from tests.recorder.spooling import (
    MACHINE,
    ONE,
    OTHER_MACHINE,
    THREE,
    TWO,
    FaultyStore,
    Machine,
    check_chunks_follow_each_other,
    find_named,
    list_segments,
    read_journals,
    read_segment,
    restore,
)

from skill_arcade.archive.layout import spool_key
from skill_arcade.archive.local import LocalStore
from skill_arcade.domain.errors import DataFolderError, JournalCorrupt, RecordingError
from skill_arcade.recorder.journal import journal_path
from skill_arcade.recorder.scanning import Ending, scan_journal
from skill_arcade.recorder.spool import spooler as spooler_module
from skill_arcade.recorder.spool.segment import JournalName
from skill_arcade.recorder.spool.spooler import Spooler


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> FailingFiles:
    return FailingFiles(monkeypatch)


@pytest.fixture
def machine(tmp_path: Path, store: LocalStore) -> Machine:
    return Machine(tmp_path, store)


def test_what_comes_is_put_once_and_comes_back_byte_for_byte(
    machine: Machine, store: LocalStore, tmp_path: Path
) -> None:
    """REC-33."""
    puts = FaultyStore(store)
    machine = Machine(tmp_path / "a", puts)
    first, second = machine.begin(ONE).play(3), machine.begin(TWO)
    assert machine.ship() == 1
    first.play(5)
    assert machine.ship() == 2
    second.play(2).end()
    first.play(1)
    assert machine.ship() == 3
    check_chunks_follow_each_other(puts.puts)
    for episode_id in (ONE, TWO):
        here = read_journals(machine.journals / str(episode_id))
        assert restore(store, episode_id, tmp_path / "back" / "journal" / str(episode_id)) == here
    assert restore(store, THREE, tmp_path / "back" / "journal" / str(THREE)) == {}


def test_nothing_is_put_while_nothing_comes(machine: Machine, store: LocalStore) -> None:
    assert machine.ship() is None
    machine.begin(ONE).play(1)
    assert machine.ship() == 1
    assert [machine.ship() for _ in range(5)] == [None] * 5
    assert list_segments(store) == [1]


def test_only_bytes_that_are_on_the_disk_are_shipped(machine: Machine, store: LocalStore) -> None:
    """REC-33: what a power loss may take from here must not be anywhere else."""
    journal = machine.begin(ONE).play(1)
    n_synced = journal.writer.n_bytes
    journal.play(4)
    shipped = machine.spooler.ship({journal.writer.path: n_synced})
    assert shipped.is_all
    (chunk,) = read_segment(store, 1).chunks
    assert (chunk.name, chunk.start, chunk.end) == (JournalName(ONE, 1), 0, n_synced)
    assert machine.spooler.count_stored(journal.writer.path) == n_synced


def test_the_newest_segment_tells_where_everything_is(machine: Machine, store: LocalStore) -> None:
    """REC-33."""
    first = machine.begin(ONE).play(1)
    machine.ship()
    second = machine.begin(TWO).play(1)
    machine.ship()
    first.play(1)
    machine.ship()
    index = read_segment(store, 3)
    told = {held.name: (held.n_bytes, held.numbers) for held in index.holds}
    assert told == {
        JournalName(ONE, 1): (first.writer.n_bytes, ((1, 3),)),
        JournalName(TWO, 1): (second.writer.n_bytes, ((2, 2),)),
    }
    assert index.machine == MACHINE


def test_segments_go_only_after_the_one_that_no_longer_names_them_is_there(store: LocalStore, tmp_path: Path) -> None:
    """REC-33."""
    watched = FaultyStore(store)
    machine = Machine(tmp_path / "a", watched)
    machine.begin(ONE).play(2).end()
    machine.ship()
    machine.begin(TWO).play(1)
    machine.ship()
    machine.released.add(ONE)
    machine.remove(ONE)
    machine.spooler.forget_released()
    assert list_segments(store) == [1, 2]

    def check_before_deleting(key: str) -> None:
        assert key == spool_key(str(MACHINE), 1)
        assert list_segments(store) == [1, 2, 3]
        assert {held.name.episode_id for held in read_segment(store, 3).holds} == {TWO}
        store.delete(key)

    watched.delete = check_before_deleting  # type: ignore[method-assign]
    assert machine.ship() == 3
    assert list_segments(store) == [2, 3]
    assert machine.ship() is None


def test_when_nothing_is_needed_any_more_one_small_segment_stays(machine: Machine, store: LocalStore) -> None:
    """REC-33: it keeps the count."""
    journal = machine.begin(ONE)
    for _ in range(40):
        journal.play(1)
        machine.ship()
    machine.released.add(ONE)
    machine.remove(ONE)
    machine.spooler.forget_released()
    machine.ship()
    machine.spooler.delete_garbage()
    assert not machine.spooler.has_garbage
    assert list_segments(store) == [41]
    assert len(store.get(spool_key(str(MACHINE), 41))) < 300
    machine.start()
    assert [machine.ship() for _ in range(3)] == [None] * 3
    machine.begin(TWO)
    assert machine.ship() == 42
    assert list_segments(store) == [42]


def test_an_episode_is_held_until_it_is_said_to_be_released_wherever_its_folder_is(
    machine: Machine, store: LocalStore, tmp_path: Path
) -> None:
    """REC-33: a folder that is gone may have been set aside, or lost with its disk."""
    machine.begin(ONE).play(2)
    machine.ship()
    here = read_journals(machine.journals / str(ONE))
    machine.remove(ONE)
    machine.begin(TWO)
    for _ in range(3):
        machine.spooler.forget_released()
        machine.ship()
    machine.start()
    machine.begin(THREE)
    machine.ship()
    assert restore(store, ONE, tmp_path / "back" / "journal" / str(ONE)) == here


def test_a_sealed_episode_whose_journal_is_kept_is_not_shipped_again_and_again(
    machine: Machine, store: LocalStore
) -> None:
    """REC-37: the journal is kept where something is wrong."""
    machine.begin(ONE).play(2).end()
    machine.ship()
    journal = machine.begin(TWO)
    machine.ship()
    machine.released.add(ONE)
    machine.spooler.forget_released()
    assert machine.ship() == 3
    assert machine.ship() is None
    machine.start()
    assert machine.ship() is None
    journal.play(1)
    assert machine.ship() == 4
    assert {held.name.episode_id for held in read_segment(store, 4).holds} == {TWO}


def noting(asked: list[UUID]) -> Callable[[UUID], bool]:
    """Says of everything that it is needed still."""

    def is_released(episode_id: UUID) -> bool:
        asked.append(episode_id)
        return False

    return is_released


def test_what_is_being_played_is_never_asked_for(machine: Machine) -> None:
    asked: list[UUID] = []
    machine.spooler = Spooler(machine.journals, machine.store, MACHINE, is_released=noting(asked))
    machine.begin(ONE).play(1)
    machine.spooler.load()
    asked.clear()
    machine.ship()
    machine.spooler.forget_released()
    assert asked == []


def test_a_few_episodes_are_asked_for_at_a_time_and_all_of_them_in_turn(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spooler_module, "ASKED_AT_ONCE", 3)
    episodes = [UUID(int=number) for number in range(10, 20)]
    for episode_id in episodes:
        machine.begin(episode_id)
    machine.ship()
    machine.begin(ONE)
    machine.ship()
    asked: list[UUID] = []
    machine.spooler._is_released = noting(asked)
    for _ in range(4):
        n_before = len(asked)
        machine.spooler.forget_released()
        assert len(asked) == n_before + 3
    assert set(asked[:10]) == set(episodes)


def test_whoever_cannot_be_asked_is_asked_once_a_time(machine: Machine, store: LocalStore) -> None:
    """A database that is away must not cost its patience for each episode, nor anything else."""
    for episode_id in (ONE, TWO, THREE):
        machine.begin(episode_id)
        machine.ship()
    n_asked = 0

    def fail(_episode_id: UUID) -> bool:
        nonlocal n_asked
        n_asked += 1
        raise DataFolderError("The database is away.")

    for episode_id in (ONE, TWO):
        machine.remove(episode_id)
    machine.spooler._is_released = fail
    machine.spooler.forget_released()
    assert n_asked == 1
    assert {held.name.episode_id for held in read_segment(store, 3).holds} == {ONE, TWO, THREE}


def test_a_segment_has_room_for_so_many_bytes_and_ends_after_a_whole_record(tmp_path: Path, store: LocalStore) -> None:
    """REC-33: what does not fit comes in the next ones; whoever waited longest is first."""
    watched = FaultyStore(store)
    machine = Machine(tmp_path / "a", watched, max_bytes=2000)
    for episode_id in (ONE, TWO, THREE):
        machine.begin(episode_id).play(50)
    n_puts = 0
    while not machine.spooler.ship(machine.synced()).is_all:
        n_puts += 1
        for path in machine.synced():
            n_stored = machine.spooler.count_stored(path)
            scan = scan_journal(path, limit=n_stored) if n_stored else None
            assert scan is None or [record.cursor.n_bytes for record in scan][-1] == n_stored
            assert scan is None or scan.ending is Ending.CLEAN
    check_chunks_follow_each_other(watched.puts)
    sizes = [sum(chunk.end - chunk.start for chunk in read_segment(store, n).chunks) for n in list_segments(store)]
    assert max(sizes) <= 2000
    assert min(sizes[:-1]) > 1000
    firsts = [read_segment(store, n).chunks[0].name.episode_id for n in list_segments(store)[:6]]
    assert set(firsts) == {ONE, TWO, THREE}
    for episode_id in (ONE, TWO, THREE):
        here = read_journals(machine.journals / str(episode_id))
        assert restore(store, episode_id, tmp_path / "back" / "journal" / str(episode_id)) == here


@pytest.mark.parametrize("max_bytes", range(1500, 6000, 450))
def test_an_older_epoch_is_all_there_before_anything_of_the_next(
    tmp_path: Path, store: LocalStore, max_bytes: int
) -> None:
    """REC-31: without it the next one is of no use, should the machine be lost just then."""
    machine = Machine(tmp_path / "a", store, max_bytes=max_bytes)
    machine.begin(ONE).play(40).writer.close()
    machine.ship()
    machine.begin(ONE, 2).play(40).writer.close()
    machine.begin(TWO).play(40).writer.close()
    first, second = sorted((machine.journals / str(ONE)).glob("*.journal"))
    is_all, n_of_second = False, 0
    while not is_all:
        is_all = machine.spooler.ship(machine.synced()).is_all
        n_of_second = machine.spooler.count_stored(second)
        assert n_of_second == 0 or machine.spooler.count_stored(first) == first.stat().st_size
    assert n_of_second == second.stat().st_size


def test_a_journal_that_cannot_be_read_holds_up_its_own_episode_alone_and_is_told_once(
    machine: Machine, store: LocalStore, failing: FailingFiles, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    machine.begin(ONE).play(1).writer.close()
    machine.begin(ONE, 2).play(1)
    machine.begin(TWO).play(1)
    synced = machine.synced()
    folder = machine.journals / str(ONE)
    failing.errors = {folder / "000001.journal": errno.EIO}
    for _ in range(3):
        assert not machine.spooler.ship(synced).is_all
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert [chunk.name for chunk in read_segment(store, 1).chunks] == [JournalName(TWO, 1)]
    assert list_segments(store) == [1]
    failing.errors = {}
    assert machine.spooler.ship(synced).is_all
    assert restore(store, ONE, tmp_path / "back" / "journal" / "x") == read_journals(folder)


@pytest.mark.parametrize("is_shorter", [False, True])
def test_a_folder_that_cannot_be_looked_into_at_the_start_is_looked_into_later(
    machine: Machine,
    store: LocalStore,
    failing: FailingFiles,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    is_shorter: bool,
) -> None:
    """REC-33: whether less is here than in the store has to be known before anything is added."""
    journal, other = machine.begin(ONE).play(2), machine.begin(TWO).play(1)
    path = journal.writer.path
    machine.ship()
    stored = path.read_bytes()
    failing.errors = {path.parent: errno.EACCES}
    caplog.clear()
    machine.start()
    assert machine.spooler.count_stored(path) == 0
    for _ in range(2):
        n_bytes = other.play(1).writer.n_bytes
        synced = {path: len(stored), other.writer.path: n_bytes}
        assert not machine.spooler.ship(synced).is_all
        assert machine.spooler.count_stored(other.writer.path) == n_bytes
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    failing.errors = {}
    if is_shorter:
        path.write_bytes(stored[:-30])
        machine.ship()
        assert "an old backup was put back" in caplog.text
        path.write_bytes(stored + b"of another history")
    else:
        journal.play(1)
        stored = path.read_bytes()
    machine.ship()
    assert restore(store, ONE, tmp_path / "back" / "journal" / "x")["000001.journal"] == stored


def test_a_record_that_is_longer_than_a_segment_may_be_goes_alone(tmp_path: Path, store: LocalStore) -> None:
    machine = Machine(tmp_path / "a", store, max_bytes=40)
    machine.begin(ONE).play(1).writer.close()
    machine.begin(TWO).writer.close()
    while not machine.spooler.ship(machine.synced()).is_all:
        pass
    for episode_id in (ONE, TWO):
        here = read_journals(machine.journals / str(episode_id))
        assert restore(store, episode_id, tmp_path / "back" / "journal" / str(episode_id)) == here


def test_a_journal_that_is_taken_away_just_now_holds_up_no_other(machine: Machine, store: LocalStore) -> None:
    machine.begin(ONE).play(1)
    machine.begin(TWO).play(1)
    synced = machine.synced()
    machine.remove(ONE)
    shipped = machine.spooler.ship(synced)
    assert not shipped.is_all
    assert [chunk.name for chunk in read_segment(store, 1).chunks] == [JournalName(TWO, 1)]


def test_a_group_that_a_full_disk_cut_off_is_shipped_when_it_is_written_again(
    machine: Machine, store: LocalStore, tmp_path: Path
) -> None:
    """REC-15."""
    journal = machine.begin(ONE).play(2)
    path, whole = journal.writer.path, journal.writer.path.read_bytes()
    synced = {path: len(whole)}
    path.write_bytes(whole[:-5])
    assert machine.spooler.ship(synced).number is None
    path.write_bytes(whole)
    assert machine.spooler.ship(synced).is_all
    assert restore(store, ONE, tmp_path / "back" / "journal" / "x")["000001.journal"] == whole


def test_after_a_restart_it_goes_on_where_it_was(machine: Machine, store: LocalStore, tmp_path: Path) -> None:
    journal = machine.begin(ONE)
    for number in range(1, 8):
        journal.play(2)
        machine.start()
        assert machine.ship() == number
    ends = [chunk.end for n in list_segments(store) for chunk in read_segment(store, n).chunks]
    starts = [chunk.start for n in list_segments(store) for chunk in read_segment(store, n).chunks]
    assert starts == [0, *ends[:-1]]
    here = read_journals(machine.journals / str(ONE))
    assert restore(store, ONE, tmp_path / "back" / "journal" / "x") == here


def test_what_a_killed_process_left_to_delete_is_deleted_by_the_next(machine: Machine, store: LocalStore) -> None:
    machine.begin(ONE).end()
    machine.ship()
    machine.released.add(ONE)
    machine.remove(ONE)
    first = store.get(spool_key(str(MACHINE), 1))
    machine.spooler.forget_released()
    machine.ship()
    store.put_if_absent(spool_key(str(MACHINE), 1), first)  # as if it had not been deleted
    machine.start()
    machine.ship()
    assert list_segments(store) == [2]


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_journal_that_an_old_backup_made_shorter_is_named_and_shipped_no_further(
    machine: Machine, store: LocalStore, tmp_path: Path, caplog: pytest.LogCaptureFixture, is_gone: bool
) -> None:
    """REC-33: what has the same name need not be the same any more."""
    machine.begin(ONE).play(2).writer.close()
    second = machine.begin(ONE, 2).play(6)
    other = machine.begin(TWO)
    machine.ship()
    whole = second.writer.path.read_bytes()
    second.writer.close()
    if is_gone:
        second.writer.path.unlink()
    else:
        second.writer.path.write_bytes(whole[:-30])
    with caplog.at_level(logging.ERROR):
        machine.start()
    assert f"{second.writer.path} has {0 if is_gone else len(whole) - 30} bytes" in caplog.text
    assert machine.spooler.count_stored(second.writer.path) == (0 if is_gone else len(whole) - 30)
    second.writer.path.write_bytes(whole + b"of another history")
    other.play(1)
    machine.ship()
    assert [chunk.name for chunk in read_segment(store, 2).chunks] == [JournalName(TWO, 1)]
    assert restore(store, ONE, tmp_path / "back" / "journal" / "x")["000002.journal"] == whole


def test_two_servers_with_one_name_are_told_and_nothing_of_the_first_is_lost(tmp_path: Path, store: LocalStore) -> None:
    """REC-33: a copied data folder."""
    first, second = Machine(tmp_path / "a", store), Machine(tmp_path / "b", store)
    first.begin(ONE).play(1)
    second.begin(TWO).play(1)
    first.ship()
    for _ in range(3):
        with pytest.raises(RecordingError, match=f"Another server has put segment 1 of machine {MACHINE}") as raised:
            second.ship()
        assert str(raised.value).count(". ") == 1
    assert list_segments(store) == [1]
    assert {held.name.episode_id for held in read_segment(store, 1).holds} == {ONE}


@pytest.mark.parametrize("content", [b"", b"something else\n", None])
def test_whatever_else_lies_in_a_segments_place_is_told(
    machine: Machine, store: LocalStore, content: bytes | None
) -> None:
    machine.begin(ONE).play(1)
    other = Machine(machine.journals.parent / "other", store, OTHER_MACHINE)
    other.begin(TWO)
    other.ship()
    found = store.get(spool_key(str(OTHER_MACHINE), 1)) if content is None else content
    store.put_if_absent(spool_key(str(MACHINE), 1), found)
    with pytest.raises(RecordingError, match="Another server has put segment 1"):
        machine.ship()


def test_a_damaged_newest_segment_is_told_and_what_was_in_it_is_shipped_again(
    machine: Machine, store: LocalStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = machine.begin(ONE).play(2)
    machine.ship()
    journal.play(2)
    machine.ship()
    path = store.local_path(spool_key(str(MACHINE), 2))
    path.write_bytes(b"x" + path.read_bytes()[1:])
    with caplog.at_level(logging.ERROR):
        machine.start()
    assert "Segment 2 of machine" in caplog.text
    journal.play(1)
    assert machine.ship() == 3
    assert list_segments(store) == [1, 2, 3]  # 1 and 3 are one range: the damaged one between them does no harm
    here = read_journals(machine.journals / str(ONE))
    assert restore(store, ONE, tmp_path / "back" / "journal" / "x") == here


def test_a_segment_of_a_newer_program_stops_an_older_one(machine: Machine, store: LocalStore) -> None:
    machine.begin(ONE)
    machine.ship()
    data = store.get(spool_key(str(MACHINE), 1))
    line = data.partition(b"\n")[0].replace(b'"format":1', b'"format":9')
    before = line.rpartition(b',"crc":')[0]
    store.put_if_absent(spool_key(str(MACHINE), 2), before + b',"crc":%d}\n' % zlib.crc32(before))
    with pytest.raises(RecordingError, match="format 9") as raised:
        machine.start()
    assert not isinstance(raised.value, JournalCorrupt)
    assert list_segments(store) == [1, 2]


def test_folders_that_are_no_episodes_are_left_alone(machine: Machine, store: LocalStore) -> None:
    CountingJournal.begin(machine.journals / "notes").play(1)
    CountingJournal.begin(machine.journals / str(MACHINE).upper()).play(1)
    assert machine.ship() is None
    assert list_segments(store) == []


def test_only_named_segments_and_the_newest_are_kept_over_a_long_day(machine: Machine, store: LocalStore) -> None:
    """REC-33."""
    running = {UUID(int=100): machine.begin(UUID(int=100))}
    for number in range(101, 160):
        episode_id = UUID(int=number)
        running[episode_id] = machine.begin(episode_id).play(1)
        machine.ship()
        if len(running) > 3:
            oldest = min(running)
            running.pop(oldest).end()
            machine.ship()
            machine.remove(oldest)
            machine.released.add(oldest)
            machine.spooler.forget_released()
    machine.ship()
    newest = list_segments(store)[-1]
    assert set(list_segments(store)) <= find_named(read_segment(store, newest)) | {newest}
    assert journal_path(machine.journals / str(UUID(int=159)), 1).exists()
