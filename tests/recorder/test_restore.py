from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.recorder.recordings import EPISODE, CountingJournal, check_is_counting_game
from tests.recorder.spooling import (
    MACHINE,
    ONE,
    OTHER_MACHINE,
    TWO,
    Fault,
    FaultyStore,
    Machine,
    list_segments,
    read_journals,
    restore,
)

from skill_arcade.archive.layout import spool_key
from skill_arcade.archive.local import LocalStore
from skill_arcade.domain.errors import JournalCorrupt, RecordingError, StoreAway
from skill_arcade.recorder.chain import find_next_epoch, read_generation, write_generation
from skill_arcade.recorder.reading import find_adoption, read_episode_journal
from skill_arcade.recorder.spool.restore import (
    Restored,
    clear_gone_machine,
    list_machines,
    read_manifest,
    restore_episode,
)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def machine(tmp_path: Path, store: LocalStore) -> Machine:
    return Machine(tmp_path / "first", store)


@pytest.fixture
def back(tmp_path: Path) -> Path:
    return tmp_path / "back" / "journal" / str(ONE)


def check(folder: Path, n_steps: int) -> None:
    journal = read_episode_journal(folder)
    check_is_counting_game(list(journal.steps), [(n, p.copy()) for n, p in journal.pictures], n_steps)


def damage(store: LocalStore, number: int, machine: UUID = MACHINE, *, at: int = -40) -> None:
    """Flip a bit in a segment."""
    path = store.local_path(spool_key(str(machine), number))
    data = bytearray(path.read_bytes())
    data[at] ^= 4
    path.write_bytes(data)


def test_an_episode_goes_on_on_a_machine_that_has_never_seen_it(
    machine: Machine, store: LocalStore, back: Path
) -> None:
    """REC-31, REC-32, REC-33."""
    journal = machine.begin(ONE).play(4)
    machine.ship()
    journal.play(3)
    machine.ship()
    journal.play(2)  # not in the store when the machine is lost
    restored = restore_episode(store, ONE, back, generation=1)
    assert restored == Restored((1,), ())
    check(back, 7)
    assert read_generation(back) == 1
    assert find_next_epoch(back) == 1001
    CountingJournal.begin(back, 1001, find_adoption(back), segment=1).play(3)
    check(back, 10)


def test_nothing_of_an_episode_is_told_as_false_and_leaves_nothing_behind(
    machine: Machine, store: LocalStore, back: Path, tmp_path: Path
) -> None:
    machine.begin(TWO)
    assert not restore_episode(store, ONE, back)
    machine.ship()
    assert restore_episode(store, ONE, back) == Restored((), ())
    assert not restore_episode(store, TWO, back, [OTHER_MACHINE])
    assert not (tmp_path / "back").exists()


def test_journals_of_all_epochs_come_back_as_far_as_they_were_adopted(
    machine: Machine, store: LocalStore, back: Path
) -> None:
    """REC-30, REC-31."""
    for epoch in (1, 2, 3):
        machine.begin(ONE, epoch).play(3).writer.close()
        machine.ship()
    here = read_journals(machine.journals / str(ONE))
    assert restore(store, ONE, back) == here
    assert [adopted.epoch for adopted in read_episode_journal(back).adopted] == [1, 2, 3]
    check(back, 9)


def take_over(first: Machine, second: Machine, generation: int) -> CountingJournal:
    """Go on with episode ONE on another machine."""
    folder = second.journals / str(ONE)
    assert restore_episode(second.store, ONE, folder, generation=generation)
    return second.begin(ONE, find_next_epoch(folder))


def test_of_two_machines_the_highest_epoch_counts_and_what_a_stale_owner_ships_does_no_harm(
    machine: Machine, store: LocalStore, tmp_path: Path, back: Path
) -> None:
    """REC-31, REC-32."""
    stale = machine.begin(ONE).play(4)
    machine.ship()
    second = Machine(tmp_path / "second", store, OTHER_MACHINE)
    taken = take_over(machine, second, 1).play(3)
    stale.play(90)
    stale.writer.close()
    machine.begin(ONE, 2).play(30)  # the old owner woke up, and does not know
    machine.ship()
    second.ship()
    assert taken.n_steps == 7
    restored = restore_episode(store, ONE, back)
    assert restored == Restored((1, 2, 1001), ())
    assert list_machines(store) == [MACHINE, OTHER_MACHINE]
    check(back, 7)
    assert read_episode_journal(back).damage == ()


def test_an_episode_that_comes_home_goes_on_from_what_the_other_machine_shipped(
    machine: Machine, store: LocalStore, tmp_path: Path, back: Path
) -> None:
    """REC-32: the old folder was set aside, the journals came back out of the store."""
    machine.begin(ONE).play(4).writer.close()
    machine.ship()
    second = Machine(tmp_path / "second", store, OTHER_MACHINE)
    take_over(machine, second, 1).play(3).writer.close()
    second.ship()
    machine.remove(ONE)
    home = take_over(second, machine, 2).play(2)
    assert home.writer.path.name == "002001.journal"
    machine.ship()
    machine.start()
    home.play(1)
    machine.ship()
    assert restore_episode(store, ONE, back).problems == ()
    check(back, 10)


@pytest.mark.parametrize("at", [-40, 5])
def test_a_damaged_segment_cuts_there_and_is_told_and_hides_no_other_episode(
    machine: Machine, store: LocalStore, back: Path, tmp_path: Path, at: int
) -> None:
    """REC-33: in the bytes of an episode, or in the first line."""
    first, second = machine.begin(TWO).play(1), machine.begin(ONE).play(4)
    machine.ship()
    n_stored = second.writer.n_bytes
    second.play(4)
    machine.ship()
    first.play(2)
    second.play(4)
    machine.ship()
    damage(store, 2, at=at)
    restored = restore_episode(store, ONE, back)
    assert restored.epochs == (1,)
    (problem,) = restored.problems
    assert problem.startswith(f"Epoch 1: of {second.writer.n_bytes} bytes {n_stored} could be had: ")
    assert ("damaged" if at < 0 else "not as it was written") in problem
    check(back, 4)
    other = restore(store, TWO, tmp_path / "back" / "journal" / str(TWO))
    assert other == read_journals(machine.journals / str(TWO))


def test_a_damaged_newest_segment_is_told_and_the_one_before_tells_the_rest(
    machine: Machine, store: LocalStore, back: Path
) -> None:
    journal = machine.begin(ONE).play(4)
    machine.ship()
    journal.play(1)
    machine.ship()
    damage(store, 2, at=5)
    restored = restore_episode(store, ONE, back)
    assert restored.epochs == (1,)
    assert restored.problems[0].startswith(f"Segment 2 of machine {MACHINE} is of no use")
    check(back, 4)
    index = read_manifest(store, MACHINE)
    assert index is not None
    assert index.number == 1


def test_a_damaged_segment_of_a_machine_that_never_had_the_episode_is_no_problem_of_it(
    machine: Machine, store: LocalStore, tmp_path: Path, back: Path
) -> None:
    """Whoever plays on there is not told of a loss that is none."""
    other = Machine(tmp_path / "second", store, OTHER_MACHINE)
    for _ in range(2):
        other.begin(UUID(int=9 + len(list_segments(store, OTHER_MACHINE)))).play(1)
        other.ship()
    damage(store, 2, OTHER_MACHINE, at=5)
    machine.begin(ONE).play(4)
    machine.ship()
    assert restore_episode(store, ONE, back) == Restored((1,), ())


@pytest.mark.parametrize("n_before", [0, 1])
def test_a_damaged_segment_that_names_the_episode_is_a_problem_of_it(
    machine: Machine, store: LocalStore, tmp_path: Path, back: Path, n_before: int
) -> None:
    """REC-33: the machine that had taken it over was lost, and its newest segment cannot be read."""
    machine.begin(ONE).play(4).writer.close()
    machine.ship()
    second = Machine(tmp_path / "second", store, OTHER_MACHINE)
    for _ in range(n_before):
        second.begin(TWO)
        second.ship()
    take_over(machine, second, 1).play(3)
    second.ship()
    damage(store, n_before + 1, OTHER_MACHINE, at=5)
    restored = restore_episode(store, ONE, back)
    assert restored.epochs == (1,)
    (problem,) = restored.problems
    assert problem.startswith(f"Segment {n_before + 1} of machine {OTHER_MACHINE} is of no use")


def test_where_nothing_is_found_every_damaged_segment_may_have_had_it(
    machine: Machine, store: LocalStore, back: Path
) -> None:
    machine.begin(ONE).play(4)
    machine.ship()
    store.local_path(spool_key(str(MACHINE), 1)).write_bytes(b"")
    restored = restore_episode(store, ONE, back)
    assert not restored
    assert [problem[:9] for problem in restored.problems] == ["Segment 1"]


def test_a_segment_that_lies_in_anothers_place_is_of_no_use(
    machine: Machine, store: LocalStore, back: Path, tmp_path: Path
) -> None:
    other = Machine(tmp_path / "second", store, OTHER_MACHINE)
    other.begin(TWO)
    other.ship()
    machine.begin(ONE).play(2)
    machine.ship()
    store.put_if_absent(spool_key(str(MACHINE), 2), store.get(spool_key(str(OTHER_MACHINE), 1)))
    restored = restore_episode(store, ONE, back)
    assert f"says that it is segment 1 of machine {OTHER_MACHINE}" in restored.problems[0]
    check(back, 2)


def test_a_missing_segment_cuts_there_and_is_told(machine: Machine, store: LocalStore, back: Path) -> None:
    journal = machine.begin(ONE).play(4)
    machine.ship()
    for _ in range(2):
        journal.play(1)
        machine.ship()
    store.delete(spool_key(str(MACHINE), 2))
    (problem,) = restore_episode(store, ONE, back).problems
    assert f"what follows is in no segment of machine {MACHINE}" in problem
    check(back, 4)


def test_what_is_damaged_at_one_machine_comes_from_another(
    machine: Machine, store: LocalStore, tmp_path: Path, back: Path
) -> None:
    machine.begin(ONE).play(4).writer.close()
    machine.ship()
    second = Machine(tmp_path / "second", store, OTHER_MACHINE)
    take_over(machine, second, 1).play(2)
    second.ship()
    damage(store, 1)
    assert restore_episode(store, ONE, back) == Restored((1, 1001), ())
    check(back, 6)


def test_an_epoch_of_which_nothing_can_be_had_leaves_the_ones_before(
    machine: Machine, store: LocalStore, back: Path
) -> None:
    """REC-31."""
    machine.begin(ONE).play(4).writer.close()
    machine.ship()
    machine.begin(ONE, 2).play(2)
    machine.ship()
    machine.begin(TWO)
    machine.ship()
    damage(store, 2)
    restored = restore_episode(store, ONE, back)
    assert restored.epochs == (1,)
    assert restored.problems[0].startswith("Epoch 2: of ")
    check(back, 4)


def test_epochs_that_stand_on_one_of_which_nothing_can_be_had_are_left_away_and_told(
    machine: Machine, store: LocalStore, back: Path
) -> None:
    """REC-31: the player goes on from the last step that can be read."""
    for epoch in (1, 2, 3):
        machine.begin(ONE, epoch).play(3).writer.close()
        machine.ship()
    machine.begin(TWO)
    machine.ship()
    damage(store, 2)
    restored = restore_episode(store, ONE, back, generation=1)
    assert restored.epochs == (1,)
    assert restored.problems[0].startswith("Epoch 2: of ")
    assert restored.problems[1:] == ("Epoch 3 is left away: it goes on from another that is missing.",)
    check(back, 3)
    CountingJournal.begin(back, 1001, find_adoption(back), segment=3).play(1)
    check(back, 4)


def test_a_record_that_was_wrong_when_it_was_shipped_is_told_and_left_to_the_reader(
    machine: Machine, store: LocalStore, back: Path
) -> None:
    """REC-12, REC-13: the chunk is as it was sent; the journal's own chain is not."""
    journal = machine.begin(ONE).play(4)
    data = bytearray(journal.writer.path.read_bytes())
    data[-10] ^= 1
    journal.writer.path.write_bytes(data)
    machine.ship()
    restored = restore_episode(store, ONE, back)
    assert "a record in it is wrong" in restored.problems[0]
    assert read_journals(back) == {"000001.journal": bytes(data)}
    check(back, 3)


def test_a_store_that_goes_away_meanwhile_leaves_nothing_behind(
    machine: Machine, store: LocalStore, back: Path, tmp_path: Path
) -> None:
    """It is asked again as a whole."""
    machine.begin(ONE).play(2)
    machine.ship()
    faulty = FaultyStore(store)
    assert restore_episode(faulty, ONE, back)
    n_calls = faulty.n_calls
    for n in range(1, n_calls + 1):
        folder = tmp_path / str(n) / "journal" / str(ONE)
        with pytest.raises(StoreAway):
            restore_episode(FaultyStore(store, {n: Fault.REFUSED}), ONE, folder)
        assert not folder.exists()
        assert list(tmp_path.glob(f"{n}/restoring/*")) == []
        assert restore_episode(store, ONE, folder)


def test_nothing_is_restored_over_what_is_there(machine: Machine, store: LocalStore) -> None:
    machine.begin(ONE).play(2)
    machine.ship()
    with pytest.raises(RecordingError, match="is there already"):
        restore_episode(store, ONE, machine.journals / str(ONE))
    assert read_generation(machine.journals / str(ONE)) == 0


def test_the_folder_appears_whole(
    machine: Machine, store: LocalStore, back: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipper and the sealer look into it the moment that it is there."""
    machine.begin(ONE).play(2).writer.close()
    machine.begin(ONE, 2).play(2)
    machine.ship()
    rename = Path.rename

    def look(path: Path, target: Path) -> Path:
        assert not back.exists()
        if target == back:
            assert sorted(each.name for each in path.iterdir()) == [
                "000001.journal",
                "000002.journal",
                "generation",
            ]
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", look)
    assert restore_episode(store, ONE, back, generation=3)
    assert list(back.parent.iterdir()) == [back]


def test_a_long_index_is_read_to_its_end(machine: Machine, store: LocalStore, back: Path) -> None:
    """A thousand episodes wait to be sealed: the first line is longer than what is read of a segment at first."""
    for number in range(10, 700):
        machine.begin(UUID(int=number)).writer.close()
    machine.begin(ONE).play(2)
    machine.ship()
    assert store.size(spool_key(str(MACHINE), 1)) > 1 << 17
    assert restore(store, ONE, back) == read_journals(machine.journals / str(ONE))


def test_segments_that_come_and_go_while_they_are_looked_at_are_looked_for_again(
    machine: Machine, store: LocalStore, back: Path
) -> None:
    """Their machine is alive: what was the newest a moment ago may be deleted by now."""
    machine.begin(ONE).play(2)
    machine.ship()
    moving = FaultyStore(store, also_lists=[spool_key(str(MACHINE), 2)])
    assert restore_episode(moving, ONE, back, [MACHINE])


def test_what_does_not_belong_among_the_segments_is_passed_over(
    machine: Machine, store: LocalStore, back: Path
) -> None:
    machine.begin(ONE).play(2)
    machine.ship()
    for key in ("spool/notes.txt", "spool/nobody/000000000001.seg", f"spool/{MACHINE}/1.seg"):
        store.put_if_absent(key, b"")
    assert list_machines(store) == [MACHINE]
    assert restore_episode(store, ONE, back)


def test_the_segments_of_a_machine_that_is_gone_go_when_nobody_needs_them(machine: Machine, store: LocalStore) -> None:
    for episode_id in (ONE, TWO):
        machine.begin(episode_id).play(1)
        machine.ship()
    released = {ONE}
    assert clear_gone_machine(store, MACHINE, released.__contains__) == [TWO]
    assert list_segments(store) == [1, 2]
    released.add(TWO)
    assert clear_gone_machine(store, MACHINE, released.__contains__) == []
    assert list_segments(store) == []
    assert clear_gone_machine(store, MACHINE, released.__contains__) == []
    assert read_manifest(store, MACHINE) is None


def test_segments_of_a_gone_machine_that_cannot_be_read_are_left(machine: Machine, store: LocalStore) -> None:
    machine.begin(ONE)
    machine.ship()
    damage(store, 1, at=5)
    with pytest.raises(JournalCorrupt, match="left where they are"):
        clear_gone_machine(store, MACHINE, lambda _episode_id: True)
    assert list_segments(store) == [1]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=12), st.data())
def test_whatever_is_damaged_what_comes_back_is_a_beginning_of_what_was_played(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[int, bool]], data: st.DataObject
) -> None:
    """REC-1, REC-33: never a guess, and never silent."""
    folder = tmp_path_factory.mktemp("damaged")
    store = LocalStore(folder / "store")
    machine = Machine(folder, store)
    journal, epoch = machine.begin(ONE), 1
    for n_steps, is_new in moves:
        if is_new:
            journal.writer.close()
            epoch += 1
            journal = machine.begin(ONE, epoch)
        journal.play(n_steps)
        machine.ship()
    n_steps = journal.n_steps
    number = data.draw(st.sampled_from(list_segments(store)))
    size = store.size(spool_key(str(MACHINE), number))  # differs by a digit from run to run
    damage(store, number, at=int(data.draw(st.floats(0, 1, exclude_max=True)) * size))
    back = folder / "back" / "journal" / str(ONE)
    restored = restore_episode(store, ONE, back)
    assert restored.problems
    whole = read_journals(machine.journals / str(ONE))
    for name, content in read_journals(back).items() if restored else ():
        assert whole[name].startswith(content)
    if restored:
        journal_back = read_episode_journal(back)
        assert journal_back.n_steps <= n_steps
        check(back, journal_back.n_steps)


def test_the_generation_of_an_episode_of_which_nothing_came_can_be_told_too(tmp_path: Path) -> None:
    """Its server was lost before it had shipped anything: it begins anew, in the block of its new owner."""
    write_generation(tmp_path / "journal" / str(EPISODE), 1)
    assert find_next_epoch(tmp_path / "journal" / str(EPISODE)) == 1001
