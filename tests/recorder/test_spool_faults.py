"""The spooler on a store that fails, and in a process that is killed: at every call that there is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.recorder.recordings import CountingJournal
from tests.recorder.spooling import (
    ONE,
    THREE,
    TWO,
    Fault,
    FaultyStore,
    Killed,
    Machine,
    check_chunks_follow_each_other,
    find_named,
    list_segments,
    read_journals,
    read_segment,
    restore,
)

from skill_arcade.archive.local import LocalStore
from skill_arcade.domain.errors import StoreAway
from skill_arcade.recorder.spool import spooler as spooler_module

T = TypeVar("T")

N_CALLS = 25
"""More than the story below asks of the store."""


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No power is lost in here, and syncing is half of what these stories take."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


class Story:
    """Three episodes and what becomes of them, on a machine whose store and whose process fail."""

    def __init__(self, folder: Path, faults: dict[int, Fault]) -> None:
        self.folder = folder
        self.inner = LocalStore(folder / "store")
        self.store = FaultyStore(self.inner, faults)
        self.stored: dict[Path, int] = {}
        self.sealed: set[UUID] = set()
        self.machine = self._insist(lambda: Machine(folder, self.store), lambda: None)
        self.running: dict[UUID, CountingJournal] = {}

    def begin(self, episode_id: UUID, epoch: int = 1) -> None:
        self.running[episode_id] = self.machine.begin(episode_id, epoch)

    def play(self, episode_id: UUID, n_steps: int = 2) -> None:
        self.running[episode_id].play(n_steps)

    def ship(self) -> None:
        """Ship until everything there is has been told to be stored."""
        self._insist(lambda: self._ship_all(self.machine.synced()))
        for path in self.machine.synced():
            self.stored[path] = self.machine.spooler.count_stored(path)
            assert self.stored[path] == path.stat().st_size or self._is_sealed(path)
        self.check()

    def seal(self, episode_id: UUID) -> None:
        self.running.pop(episode_id).writer.close()
        self.sealed.add(episode_id)
        self.machine.released.add(episode_id)
        self.machine.remove(episode_id)
        self.machine.spooler.forget_released()

    def check(self) -> None:
        """What was told to be stored comes back, whatever happened."""
        for folder in {path.parent for path in self.stored if not self._is_sealed(path)}:
            back = restore(self.inner, UUID(folder.name), self.folder / "back" / str(uuid4()) / "journal" / folder.name)
            for path, n_bytes in self.stored.items():
                if path.parent == folder:
                    assert back[path.name][:n_bytes] == path.read_bytes()[:n_bytes]

    def finish(self) -> None:
        """A last start, without faults; nothing is left over then."""
        self.store.faults.clear()
        self.store.deliver_late()
        self.machine.start()
        self.machine.spooler.forget_released()
        self.ship()
        self.machine.spooler.delete_garbage()
        check_chunks_follow_each_other(self.store.puts)
        numbers = list_segments(self.inner)
        named = find_named(read_segment(self.inner, numbers[-1])) if numbers else set()
        assert set(numbers[:-1]) <= named
        for path in self.machine.synced():
            assert self.stored[path] == path.stat().st_size

    def _ship_all(self, synced: dict[Path, int]) -> None:
        while not self.machine.spooler.ship(synced).is_all:
            pass

    def _is_sealed(self, path: Path) -> bool:
        return UUID(path.parent.name) in self.sealed

    def _insist(self, work: Callable[[], T], after_a_kill: Callable[[], None] | None = None) -> T:
        while True:
            try:
                return work()
            except StoreAway:
                continue
            except Killed:
                (after_a_kill or self._start_again)()

    def _start_again(self) -> None:
        while True:
            try:
                self.machine.start()
            except (Killed, StoreAway):
                continue
            self.machine.spooler.forget_released()
            return


def tell(story: Story) -> None:
    """All that can happen to an episode: epochs, the end, segments that are deleted."""
    story.begin(ONE)
    story.play(ONE)
    story.ship()
    story.begin(TWO)
    story.play(ONE)
    story.play(TWO)
    story.ship()
    story.begin(ONE, 2)
    story.ship()
    story.play(ONE)
    story.ship()
    story.seal(TWO)
    story.play(ONE)
    story.ship()
    story.begin(THREE)
    story.ship()
    story.seal(ONE)
    story.ship()
    story.play(THREE)
    story.ship()
    story.finish()


def test_the_story_asks_the_store_no_more_often_than_the_faults_below_reach(tmp_path: Path) -> None:
    story = Story(tmp_path, {})
    tell(story)
    assert 15 < story.store.n_calls < N_CALLS
    assert list_segments(story.inner) == [6, 7, 8]


@pytest.mark.parametrize(
    ("fault", "late_by"),
    [*((fault, 2) for fault in Fault), (Fault.LATE, 1), (Fault.KILLED_LATE, 1), (Fault.KILLED_LATE, 3)],
)
def test_whatever_call_fails_or_kills_nothing_is_lost_and_nothing_doubled(
    tmp_path: Path, fault: Fault, late_by: int
) -> None:
    """REC-33: for every call in turn; numbers never collide, and no garbage stays."""
    for n in range(1, N_CALLS):
        story = Story(tmp_path / str(n), {n: fault})
        story.store.late_by = late_by
        tell(story)


ACTIONS = st.sampled_from(["play one", "play two", "ship", "start", "epoch one", "seal one", "seal two"])


@settings(max_examples=80, deadline=None)
@given(
    st.lists(ACTIONS, max_size=25),
    st.dictionaries(st.integers(1, 60), st.sampled_from(Fault), max_size=12),
    st.integers(1, 6),
)
def test_whatever_happens_in_whatever_order_nothing_is_lost_and_nothing_doubled(
    actions: list[str], faults: dict[int, Fault], late_by: int
) -> None:
    """REC-33."""
    with TemporaryDirectory() as temporary:
        story = Story(Path(temporary), faults)
        story.store.late_by = late_by
        epochs = {ONE: 1, TWO: 1}
        for episode_id in epochs:
            story.begin(episode_id)
        for action in actions:
            episode_id = TWO if action.endswith("two") else ONE
            if action == "ship":
                story.ship()
            elif action == "start":
                story._start_again()
            elif episode_id in story.sealed:
                continue
            elif action.startswith("play"):
                story.play(episode_id)
            elif action.startswith("epoch"):
                epochs[episode_id] += 1
                story.begin(episode_id, epochs[episode_id])
            else:
                story.seal(episode_id)
        story.finish()


def test_a_put_of_which_nothing_is_known_is_repeated_byte_for_byte_whatever_came_since(tmp_path: Path) -> None:
    """REC-33: other bytes under the same number could be a second history."""
    tried: list[tuple[str, bytes]] = []
    store = FaultyStore(LocalStore(tmp_path / "store"), before_put=lambda key, data: tried.append((key, data)))
    machine = Machine(tmp_path, store)
    journal = machine.begin(ONE).play(1)
    store.faults = {store.n_calls + 1 + n: Fault.REFUSED for n in range(4)} | {store.n_calls + 5: Fault.ANSWER_LOST}
    for _ in range(5):
        with pytest.raises(StoreAway):
            machine.ship()
        journal.play(1)
    assert machine.ship() == 1
    assert len(tried) == 6
    assert len(set(tried)) == 1
    assert machine.ship() == 2
    check_chunks_follow_each_other(store.puts)
    assert restore(store.inner, ONE, tmp_path / "back" / "journal" / "x") == read_journals(machine.journals / str(ONE))


def test_a_segment_that_cannot_be_deleted_holds_up_nothing_and_goes_later(tmp_path: Path) -> None:
    store = FaultyStore(LocalStore(tmp_path / "store"))
    machine = Machine(tmp_path, store)
    machine.begin(ONE).end()
    machine.ship()
    machine.remove(ONE)
    machine.released.add(ONE)
    machine.spooler.forget_released()
    store.faults = {store.n_calls + 2: Fault.REFUSED}
    assert machine.ship() == 2
    assert list_segments(store.inner) == [1, 2]
    assert machine.ship() is None
    assert list_segments(store.inner) == [2]


def test_a_few_segments_are_deleted_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next segment, and `durable_store`, must not wait for a thousand deletions."""
    monkeypatch.setattr(spooler_module, "DELETIONS_AT_ONCE", 5)
    store = FaultyStore(LocalStore(tmp_path / "store"))
    machine = Machine(tmp_path, store)
    journal = machine.begin(ONE)
    for _ in range(12):
        journal.play(1)
        machine.ship()
    machine.remove(ONE)
    machine.released.add(ONE)
    machine.spooler.forget_released()
    left = []
    for _ in range(4):
        machine.ship()
        left.append(len(list_segments(store.inner)))
    assert left == [8, 3, 1, 1]


def test_a_segment_of_the_process_before_is_ours_also_if_its_episode_was_sealed_since(tmp_path: Path) -> None:
    """REC-33: there is no journal any more to compare it with."""
    store = FaultyStore(LocalStore(tmp_path / "store"))
    machine = Machine(tmp_path, store)
    machine.begin(ONE).end()
    store.faults, store.late_by = {store.n_calls + 1: Fault.KILLED_LATE}, 2
    with pytest.raises(Killed):
        machine.ship()
    machine.start()
    machine.remove(ONE)
    machine.released.add(ONE)
    machine.begin(TWO)
    assert machine.ship() is None
    assert machine.ship() == 2
    check_chunks_follow_each_other(store.puts)


def test_a_process_that_comes_to_a_segment_of_the_one_before_takes_it_over(tmp_path: Path) -> None:
    """REC-33: it was on its way when that process was killed; every byte in it is in the journals here."""
    store = FaultyStore(LocalStore(tmp_path / "store"))
    machine = Machine(tmp_path, store)
    journal = machine.begin(ONE).play(1)
    store.faults, store.late_by = {store.n_calls + 1: Fault.KILLED_LATE}, 2
    with pytest.raises(Killed):
        machine.ship()
    machine.start()
    assert machine.spooler.count_stored(journal.writer.path) == 0
    journal.play(1)
    assert machine.ship() is None
    assert machine.spooler.count_stored(journal.writer.path) > 0
    assert machine.ship() == 2
    check_chunks_follow_each_other(store.puts)
    assert restore(store.inner, ONE, tmp_path / "back" / "journal" / "x") == read_journals(machine.journals / str(ONE))
