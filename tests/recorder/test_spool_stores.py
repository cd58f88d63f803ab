"""Journals travel to real object stores and back: emulators that others wrote, and a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from tests.object_stores import SCHEMES, Scheme, StartEmulator, running_emulators
from tests.recorder.recordings import check_is_counting_game
from tests.recorder.spooling import MACHINE, ONE, OTHER_MACHINE, THREE, TWO, Machine, read_journals

from skill_arcade.archive.layout import spool_key, spool_prefix
from skill_arcade.archive.opening import open_store
from skill_arcade.archive.store import BlobStore
from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.chain import find_next_epoch
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.spool.restore import Restored, clear_gone_machine, list_machines, restore_episode


@pytest.fixture(scope="module")
def start_emulator() -> Iterator[StartEmulator]:
    """See `running_emulators`."""
    with running_emulators() as start:
        yield start


@pytest.fixture(params=["file", *SCHEMES])
def store(
    request: pytest.FixtureRequest, start_emulator: StartEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> BlobStore:
    if request.param == "file":
        return open_store(f"file://{tmp_path}/store", tmp_path)
    emulator = start_emulator(cast("Scheme", request.param))
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    return open_store(f"{emulator.make_bucket()}/study-1", tmp_path)


def test_an_episode_goes_on_elsewhere_out_of_the_store_and_leaves_nothing_there(
    store: BlobStore, tmp_path: Path
) -> None:
    """REC-31, REC-32, REC-33."""
    first = Machine(tmp_path / "first", store)
    journal, other = first.begin(ONE).play(3), first.begin(TWO).play(1)
    for number in range(1, 5):
        assert first.ship() == number
        journal.play(2)
        first.start()
    journal.writer.close()  # two steps are lost with the machine
    other.writer.close()

    second = Machine(tmp_path / "second", store, OTHER_MACHINE)
    folder = second.journals / str(ONE)
    assert restore_episode(store, ONE, folder, generation=1) == Restored((1,), ())
    taken = second.begin(ONE, find_next_epoch(folder)).play(4)
    second.ship()
    back = tmp_path / "back" / "journal" / str(ONE)
    assert restore_episode(store, ONE, back) == Restored((1, 1001), ())
    assert read_journals(back) == read_journals(folder)
    read = read_episode_journal(back)
    check_is_counting_game(list(read.steps), [(n, p.copy()) for n, p in read.pictures], 13)
    assert list_machines(store) == [MACHINE, OTHER_MACHINE]

    assert clear_gone_machine(store, MACHINE, {ONE}.__contains__) == [TWO]
    assert clear_gone_machine(store, MACHINE, {ONE, TWO}.__contains__) == []
    taken.end()
    second.remove(ONE)
    second.released.add(ONE)
    second.spooler.forget_released()
    assert second.ship() == 2
    assert list(store.list(spool_prefix())) == [spool_key(str(OTHER_MACHINE), 2)]


def test_two_servers_with_one_name_are_told_by_every_store(store: BlobStore, tmp_path: Path) -> None:
    """REC-33."""
    first, second = Machine(tmp_path / "first", store), Machine(tmp_path / "second", store)
    first.begin(ONE)
    second.begin(THREE)
    assert first.ship() == 1
    with pytest.raises(RecordingError, match="Another server has put segment 1"):
        second.ship()
