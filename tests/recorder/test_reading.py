from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.recorder.recordings import (
    EPISODE,
    CountingJournal,
    Record,
    check_is_counting_game,
    event_of,
    observation_of,
    picture_of,
    segment_of,
    step_of,
)

from skill_arcade.domain.errors import EpisodeNotFound, JournalCorrupt, RecordingError
from skill_arcade.recorder.journal import JournalWriter, journal_path
from skill_arcade.recorder.reading import (
    Damage,
    EpisodeJournal,
    find_adoption,
    find_next_epoch,
    read_episode_journal,
    scan_journal,
)
from skill_arcade.recorder.records import RecordKind, encode_json, encode_picture
from skill_arcade.wire.picture import encode_change, picture_words


def check(journal: EpisodeJournal, n_steps: int) -> None:
    check_is_counting_game(list(journal.steps), [(n, p.copy()) for n, p in journal.pictures], n_steps)
    if not journal.observation_kind.is_picture:
        observations = list(journal.observations)
        assert [number for number, _ in observations] == list(range(n_steps + 1))
        for number, observation in observations:
            assert isinstance(observation, np.ndarray)
            assert np.array_equal(observation, observation_of(number))


def test_an_episode_is_read_as_it_was_played(tmp_path: Path) -> None:
    """REC-1, REC-2, REC-16, REC-18, REC-40."""
    CountingJournal.begin(tmp_path).play(10).end()
    journal = read_episode_journal(tmp_path)
    check(journal, 10)
    assert journal.episode_id == EPISODE
    assert journal.n_steps == 10
    assert journal.last_step == step_of(9)
    assert journal.last_input_seq == 4
    assert journal.end is not None
    assert journal.end["end_reason"] == "player_quit"
    assert [event["seq"] for event in journal.events] == [1, 2, 3, 4]
    assert journal.last_step_segment == segment_of(0, 1, 0)
    assert journal.provenance["seed"] == 7
    assert journal.damage == ()


@pytest.mark.parametrize("has_observation", [False, True])
def test_wherever_the_journal_is_torn_only_whole_groups_count(tmp_path: Path, has_observation: bool) -> None:
    """REC-13, REC-15: cut at every byte of two groups; events count only with the step that applied them."""
    source = CountingJournal.begin(tmp_path / "source", has_observation=has_observation).play(2)
    before = source.writer.n_bytes
    third_step_ends = source.play(1).writer.n_bytes
    source.play(1).writer.close()
    data = source.writer.path.read_bytes()
    path = journal_path(tmp_path / "torn", 1)
    path.parent.mkdir()
    for n_bytes in range(before, len(data)):
        path.write_bytes(data[:n_bytes])
        journal = read_episode_journal(path.parent)
        n_steps = journal.n_steps
        assert n_steps == (2 if n_bytes < third_step_ends else 3)
        check(journal, n_steps)
        assert journal.damage == ()
        # Step 0 has input 1 and step 3 input 2: an input without its step would never be sent again.
        assert journal.last_input_seq == 1
        adoption = find_adoption(path.parent)
        assert adoption.n_steps == n_steps
        assert adoption.n_bytes <= n_bytes
    path.write_bytes(data)
    assert read_episode_journal(path.parent).last_input_seq == 2


def test_a_flipped_bit_is_reported_and_never_gives_a_wrong_step(tmp_path: Path) -> None:
    """REC-13: one bit of every byte in turn; only without a whole OPEN there is no episode."""
    source = CountingJournal.begin(tmp_path / "source", has_observation=True).play(3)
    source.writer.close()
    data = source.writer.path.read_bytes()
    opening = next(iter(scan_journal(source.writer.path)))
    path = journal_path(tmp_path / "damaged", 1)
    path.parent.mkdir()
    for i in range(len(data)):
        damaged = bytearray(data)
        damaged[i] ^= 1 << (i % 8)
        path.write_bytes(bytes(damaged))
        try:
            journal = read_episode_journal(path.parent)
        except EpisodeNotFound:
            assert i < opening.cursor.n_bytes
            continue
        assert i >= opening.cursor.n_bytes
        assert journal.n_steps < 3
        steps = list(journal.steps)
        assert steps == [step_of(step) for step in range(journal.n_steps)]
        for number, picture in journal.pictures:
            assert np.array_equal(picture, picture_of(number))
        for damage in journal.damage:
            assert damage.offset <= i
            assert "epoch 1, byte" in damage.text


def begin_next(folder: Path, segment: int, **options: Any) -> CountingJournal:
    adoption = find_adoption(folder)
    return CountingJournal.begin(folder, find_next_epoch(folder), adoption, segment=segment, **options)


@pytest.mark.parametrize("has_observation", [False, True])
def test_what_an_old_writer_still_writes_is_set_aside(tmp_path: Path, has_observation: bool) -> None:
    """REC-30, REC-31, REC-32: the epochs fence."""
    first = CountingJournal.begin(tmp_path, has_observation=has_observation).play(4)
    second = begin_next(tmp_path, 1, has_observation=has_observation)
    first.play(7)  # it does not know yet that it was superseded
    first.end()
    second.play(3)
    third = begin_next(tmp_path, 2, has_observation=has_observation)
    second.play(1)
    third.play(2)
    third.end()
    journal = read_episode_journal(tmp_path)
    check(journal, 9)
    assert [adoption.epoch for adoption in journal.adopted] == [1, 2, 3]
    assert [adoption.n_steps for adoption in journal.adopted] == [4, 7, 9]
    assert [segment["segment"] for segment in journal.segments] == [0, 1, 2]
    assert journal.damage == ()
    second.writer.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 400)), max_size=4), st.booleans())
def test_whatever_is_torn_off_and_comes_late_no_step_is_missing_or_double(
    epochs: list[tuple[int, int]], has_observation: bool
) -> None:
    """REC-1, REC-30: each epoch plays, loses its last bytes, is taken over, and gets them back after all."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        journal = CountingJournal.begin(folder, has_observation=has_observation)
        opening_bytes = next(iter(scan_journal(journal.writer.path))).cursor.n_bytes
        for segment, (n_steps, n_lost) in enumerate(epochs, 1):
            journal.play(n_steps).writer.close()
            path = journal.writer.path
            data = path.read_bytes()
            path.write_bytes(data[: max(opening_bytes, len(data) - n_lost)])
            journal = begin_next(folder, segment, has_observation=has_observation)
            path.write_bytes(data)
            opening_bytes = next(iter(scan_journal(journal.writer.path))).cursor.n_bytes
        journal.play(2).end()
        found = read_episode_journal(folder)
        check(found, journal.n_steps)
        assert found.damage == ()


def test_damage_for_which_an_epoch_was_adopted_only_in_part_stays_named(tmp_path: Path) -> None:
    """REC-13, REC-30: a session that goes on from there does not make it sound."""
    first = CountingJournal.begin(tmp_path).play(3)
    n_sound = first.writer.n_bytes
    first.play(5).writer.close()
    data = bytearray(first.writer.path.read_bytes())
    data[n_sound + 30] ^= 1
    first.writer.path.write_bytes(bytes(data))
    damage = read_episode_journal(tmp_path).damage
    assert [(each.epoch, each.offset) for each in damage] == [(1, n_sound)]
    begin_next(tmp_path, 1).play(2).writer.close()
    begin_next(tmp_path, 2).play(2).end()
    journal = read_episode_journal(tmp_path)
    check(journal, 7)
    assert [(each.epoch, each.offset) for each in journal.damage] == [(1, n_sound)]
    assert journal.damage[0].what == f"{damage[0].what} The next epoch goes on from there."


def test_damage_in_what_was_set_aside_is_none_of_the_episodes(tmp_path: Path) -> None:
    """REC-30."""
    first = CountingJournal.begin(tmp_path).play(3)
    second = begin_next(tmp_path, 1).play(1)
    first.play(3).writer.close()
    data = bytearray(first.writer.path.read_bytes())
    data[-100] ^= 1
    first.writer.path.write_bytes(bytes(data))
    second.end()
    journal = read_episode_journal(tmp_path)
    check(journal, 4)
    assert journal.damage == ()


def test_an_epoch_that_lost_its_open_is_named_also_when_a_later_one_has_gone_on_without_it(tmp_path: Path) -> None:
    """REC-31."""
    CountingJournal.begin(tmp_path).play(2).writer.close()
    lost = begin_next(tmp_path, 1).play(3)
    lost.writer.close()
    data = bytearray(lost.writer.path.read_bytes())
    data[60] ^= 1
    lost.writer.path.write_bytes(bytes(data))
    told = [Damage(2, 0, "Its beginning, with OPEN, cannot be read.")]
    assert list(read_episode_journal(tmp_path).damage) == told
    begin_next(tmp_path, 1).play(1).end()
    journal = read_episode_journal(tmp_path)
    check(journal, 3)
    assert [adoption.epoch for adoption in journal.adopted] == [1, 3]
    assert list(journal.damage) == told


def test_a_group_that_is_being_written_is_not_adopted(tmp_path: Path) -> None:
    """REC-15, REC-30: the next epoch makes that step again, with the input that the client sends again."""
    first = CountingJournal.begin(tmp_path).play(3)
    adopted = find_adoption(tmp_path)
    event, step, _picture = first.group(3)
    first.writer.write([event, step])
    assert find_adoption(tmp_path) == adopted
    assert read_episode_journal(tmp_path).last_input_seq == 1
    second = begin_next(tmp_path, 1).play(2)
    check(read_episode_journal(tmp_path), 5)
    first.writer.close()
    second.writer.close()


def test_an_event_counts_by_itself_when_something_else_follows_it(tmp_path: Path) -> None:
    """REC-15: only the events directly before a STEP belong to its group."""
    journal = CountingJournal.begin(tmp_path).play(1)
    journal.add(RecordKind.EVENT, event_of(2, 1), {"kind": "pause", "step": 1, "segment": 0, "t_received_ns": 9})
    assert read_episode_journal(tmp_path).last_input_seq == 2
    journal.writer.close()


def test_an_epoch_without_a_whole_open_does_not_count(tmp_path: Path) -> None:
    """REC-31; its number is used up all the same."""
    CountingJournal.begin(tmp_path).play(2).writer.close()
    JournalWriter.create(tmp_path, EPISODE, 2).close()
    check(read_episode_journal(tmp_path), 2)
    assert find_adoption(tmp_path).epoch == 1
    assert find_next_epoch(tmp_path) == 3


def test_an_epoch_that_died_before_its_first_picture_adopts_and_is_adopted(tmp_path: Path) -> None:
    """REC-17, REC-30."""
    CountingJournal.begin(tmp_path).play(2).writer.close()
    writer = JournalWriter.create(tmp_path, EPISODE, 2)
    opening = {
        "format": 1,
        "episode_id": str(EPISODE),
        "epoch": 2,
        "adopts": find_adoption(tmp_path).to_json(),
    }
    provenance = read_episode_journal(tmp_path).provenance
    writer.write([(RecordKind.OPEN, encode_json({**opening, "provenance": provenance}))])
    writer.close()
    check(read_episode_journal(tmp_path), 2)
    third = begin_next(tmp_path, 1).play(2)
    third.writer.close()
    check(read_episode_journal(tmp_path), 4)


def test_an_open_of_another_episode_or_epoch_is_none(tmp_path: Path) -> None:
    """REC-11, REC-16: a file that was put where it does not belong is not read."""
    CountingJournal.begin(tmp_path).play(2).writer.close()
    journal_path(tmp_path, 2).write_bytes(journal_path(tmp_path, 1).read_bytes())
    journal = read_episode_journal(tmp_path)
    assert [adoption.epoch for adoption in journal.adopted] == [1]
    assert [each.text for each in journal.damage] == ["epoch 2, byte 0: It does not begin with the OPEN of this epoch."]


def test_an_empty_folder_holds_no_episode(tmp_path: Path) -> None:
    with pytest.raises(EpisodeNotFound):
        read_episode_journal(tmp_path)
    with pytest.raises(EpisodeNotFound):
        read_episode_journal(tmp_path / "missing")
    assert find_next_epoch(tmp_path) == 1


def test_a_missing_older_epoch_is_an_error_not_a_shorter_episode(tmp_path: Path) -> None:
    """REC-1, REC-31."""
    CountingJournal.begin(tmp_path).play(2).writer.close()
    begin_next(tmp_path, 1).play(1).writer.close()
    journal_path(tmp_path, 1).unlink()
    with pytest.raises(RecordingError, match="goes on from epoch 1"):
        read_episode_journal(tmp_path)


def test_lost_adopted_bytes_end_the_episode_where_they_are_missing(tmp_path: Path) -> None:
    """REC-31: what later epochs hold cannot be used, and the reader says so; a next one begins there."""
    CountingJournal.begin(tmp_path).play(4).writer.close()
    begin_next(tmp_path, 1).play(3).end()
    first = journal_path(tmp_path, 1)
    first.write_bytes(first.read_bytes()[:-1])
    journal = read_episode_journal(tmp_path)
    check(journal, 3)
    assert journal.end is None
    assert [damage.epoch for damage in journal.damage] == [1]
    third = begin_next(tmp_path, 1).play(2)
    third.end()
    mended = read_episode_journal(tmp_path)
    check(mended, 5)
    assert mended.damage == ()
    assert [adoption.epoch for adoption in mended.adopted] == [1, 3]


@pytest.mark.parametrize(
    ("name", "records"),
    [
        ("a step left out", lambda j: j.group(3)),
        ("a step twice", lambda j: j.group(1)),
        ("a picture without its step", lambda j: j.picture(3)),
        ("a step without its picture", lambda j: [*j.group(2)[:-1], *j.group(3)]),
        ("the picture of another step", lambda j: [j.group(2)[0], *j.picture(5)]),
    ],
)
def test_records_out_of_their_place_make_the_journal_corrupt_there(
    tmp_path: Path, name: str, records: Callable[[CountingJournal], list[Record]]
) -> None:
    """REC-1, REC-15."""
    journal = CountingJournal.begin(tmp_path).play(2)
    journal.writer.write(records(journal))
    journal.writer.close()
    found = read_episode_journal(tmp_path)
    check(found, 2)
    assert len(found.damage) == 1, name


def test_an_epoch_that_begins_with_another_picture_is_corrupt(tmp_path: Path) -> None:
    """REC-17."""
    CountingJournal.begin(tmp_path).play(2).writer.close()
    writer = JournalWriter.create(tmp_path, EPISODE, 2)
    opening = {
        "format": 1,
        "episode_id": str(EPISODE),
        "epoch": 2,
        "adopts": find_adoption(tmp_path).to_json(),
    }
    provenance = read_episode_journal(tmp_path).provenance
    wrong = encode_change(picture_words(picture_of(7)), None)
    writer.write(
        [
            (RecordKind.OPEN, encode_json({**opening, "provenance": provenance})),
            (RecordKind.PICTURE, encode_picture(2, key=True, payload=wrong)),
        ]
    )
    writer.close()
    with pytest.raises(JournalCorrupt, match="another picture 2"):
        list(read_episode_journal(tmp_path).pictures)


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    """REC-16."""
    writer = JournalWriter.create(tmp_path, EPISODE, 1)
    writer.write([(RecordKind.OPEN, encode_json({"format": 2}))])
    writer.close()
    with pytest.raises(RecordingError, match="format 2"):
        read_episode_journal(tmp_path)


def test_a_snapshot_stays_what_it_was_while_the_journal_grows(tmp_path: Path) -> None:
    journal = CountingJournal.begin(tmp_path).play(2)
    before = read_episode_journal(tmp_path)
    journal.play(2)
    check(before, 2)
    check(read_episode_journal(tmp_path), 4)
    journal.writer.close()


def test_a_step_keeps_what_is_not_a_plain_number(tmp_path: Path) -> None:
    """REC-20."""
    journal = CountingJournal.begin(tmp_path)
    extra: dict[str, Any] = {"action": (0.5, -1.0), "executed_action": (0.25, -1.0), "info": {"hole": 3}}
    journal.writer.write(journal.group(0, **extra))
    journal.writer.close()
    assert list(read_episode_journal(tmp_path).steps) == [msgspec.structs.replace(step_of(0), **extra)]
