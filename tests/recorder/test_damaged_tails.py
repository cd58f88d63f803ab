"""What a bad disk, or a machine that lost its power, does to the last 64 KiB of a journal: cut or named, never misread.

A few thousand places in every `make test`, drawn by a seed that is printed and can be set. Every bit of every byte:
ARCADE_FLIPS=all ARCADE_FLIP_SEED=… scripts/pytest tests/recorder/test_damaged_tails.py
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.recorder.recordings import CountingJournal, observation_of, picture_of, step_of

from skill_arcade.archive.local import LocalStore
from skill_arcade.database.steps import StepRow
from skill_arcade.dataset import Dataset
from skill_arcade.domain.episode import EndReason
from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.recorder.closing import close_orphan
from skill_arcade.recorder.damage_told import find_damage_told
from skill_arcade.recorder.journal import journal_path
from skill_arcade.recorder.reading import EpisodeJournal, find_adoption, read_episode_journal, scan_journal
from skill_arcade.recorder.records import RecordKind, StepRecord
from skill_arcade.recorder.seal import seal_episode
from skill_arcade.recorder.tail import JournalTail

TAIL_BYTES = 64 << 10
IS_LONG = os.environ.get("ARCADE_FLIPS") == "all"
SEED = int(os.environ.get("ARCADE_FLIP_SEED", str(random.SystemRandom().randrange(2**31))))
N_OF_EPOCH_1 = 12

Harm = Callable[[bytearray], None]


def info_of(step: int) -> dict[str, str]:
    """A kilobyte, as some environments tell: 64 KiB are then some sixty steps, which are soon read."""
    return {"told": random.Random(step).randbytes(400).hex()}


def step_told(step: int) -> StepRecord:
    changed: StepRecord = _replace(step_of(step), info=info_of(step)) if step >= N_OF_EPOCH_1 else step_of(step)
    return changed


def _replace(record: StepRecord, **changes: object) -> StepRecord:
    return StepRecord(**{**{name: getattr(record, name) for name in record.__struct_fields__}, **changes})


@dataclass(frozen=True)
class Original:
    """A sound recording of two epochs, of which the second has 64 KiB, and a copy to be harmed.

    Attributes:
        folder: of the copy.
        data: the second epoch's journal as it was.
        group_ends: bytes of that file and steps of the episode after every complete group.
        last_records: where the last record but one begins.
        last_record: where the last one begins; a harm from there on may be cut off.
        rows: of the steps in that file, as the tail reader gives them.
    """

    folder: Path
    data: bytes
    group_ends: tuple[tuple[int, int], ...]
    last_records: int
    last_record: int
    rows: tuple[StepRow, ...]

    @property
    def path(self) -> Path:
        return journal_path(self.folder, 2)

    @property
    def n_steps(self) -> int:
        return self.group_ends[-1][1]

    def harm(self, harm: Harm) -> bytes:
        data = bytearray(self.data)
        harm(data)
        self.path.write_bytes(data)
        return bytes(data)

    def count_steps(self, n_bytes: int) -> int:
        """Steps that are there where the first so many bytes of the file are sound."""
        return max((n_steps for end, n_steps in self.group_ends if end <= n_bytes), default=N_OF_EPOCH_1)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    folder = tmp_path_factory.mktemp("journals") / "episode"
    CountingJournal.begin(folder, has_observation=True).play(N_OF_EPOCH_1).writer.close()
    journal = CountingJournal.begin(folder, 2, find_adoption(folder), segment=1, has_observation=True)
    group_ends = []
    while journal.writer.n_bytes < TAIL_BYTES - 1500:
        journal.writer.write(journal.group(journal.n_steps, info=info_of(journal.n_steps)))
        journal.n_steps += 1
        group_ends.append((journal.writer.n_bytes, journal.n_steps))
        if journal.n_steps % 10 == 0:
            journal.add(RecordKind.DRAWN, {"segment": 1, "steps": [journal.n_steps], "at_us": [journal.n_steps]})
            journal.add(RecordKind.EVENT, {"kind": "pause", "step": journal.n_steps, "segment": 1, "t_received_ns": 9})
    journal.end()
    path = journal.writer.path
    *_, last_but_one, last = scan_journal(path)
    rows = JournalTail(path).read_new()
    data = path.read_bytes()
    assert TAIL_BYTES - 2500 < len(data) <= TAIL_BYTES  # the whole file is the tail: OPEN is harmed as well
    return Original(folder, data, tuple(group_ends), last_but_one.offset, last.offset, tuple(rows))


@pytest.fixture
def dice() -> random.Random:
    print(f"ARCADE_FLIP_SEED={SEED} ARCADE_FLIPS={'all' if IS_LONG else 'some'}")
    return random.Random(SEED)


def places(dice: random.Random, n: int, n_sampled: int) -> list[int]:
    """All of n places in the long form, else so many of them."""
    return list(range(n)) if IS_LONG else sorted(dice.sample(range(n), min(n, n_sampled)))


def flip(i: int, bit: int) -> Harm:
    def harm(data: bytearray) -> None:
        data[i] ^= 1 << bit

    return harm


def check_used(original: Original, journal: EpisodeJournal, n_sound: int) -> None:
    """What is used is all that stands before the first harmed byte, and not a byte more: so no record is wrong."""
    newest = journal.adopted[-1]
    assert newest.n_bytes <= n_sound or newest.epoch == 1
    assert journal.n_steps == original.count_steps(n_sound)


def check_read(journal: EpisodeJournal) -> None:
    """Every step, picture and observation is that of the recording."""
    assert list(journal.steps) == [step_told(step) for step in range(journal.n_steps)]
    pictures = [(number, picture.copy()) for number, picture in journal.pictures]
    assert [number for number, _ in pictures] == list(range(journal.n_steps + 1))
    assert all(np.array_equal(picture, picture_of(number)) for number, picture in pictures)
    assert [(n, each) for n, each in journal.observation_bytes] == [
        (n, observation_of(n).tobytes()) for n in range(journal.n_steps + 1)
    ]


def test_a_journal_that_is_cut_off_anywhere_gives_all_whole_groups_before_and_nothing_is_called_damaged(
    original: Original, dice: random.Random
) -> None:
    """REC-13, REC-15, REC-31."""
    for n_bytes in places(dice, len(original.data), 1200):
        original.path.write_bytes(original.data[:n_bytes])
        journal = read_episode_journal(original.folder)
        check_used(original, journal, n_bytes)
        assert journal.damage == ()
        assert journal.end is None
        if n_bytes % 50 == 0:
            check_read(journal)


def test_a_flipped_bit_is_named_wherever_it_is_but_in_the_last_record(original: Original, dice: random.Random) -> None:
    """REC-13, REC-31: in a length as well, by which the rest of the file would look torn off; and in OPEN."""
    for i in places(dice, len(original.data), 2500):
        for bit in range(8) if IS_LONG else (dice.randrange(8),):
            original.harm(flip(i, bit))
            journal = read_episode_journal(original.folder)
            check_used(original, journal, i)
            assert journal.damage or i >= original.last_record, f"bit {bit} of byte {i}"
            assert all(damage.epoch == 2 and damage.offset <= i for damage in journal.damage)
            if i % 50 == 0:
                check_read(journal)


def larger_harms(original: Original, dice: random.Random) -> Iterator[tuple[str, Harm]]:
    size = len(original.data)
    for _ in range(2000 if IS_LONG else 150):
        n, i, j = dice.choice([1, 7, 9, 512, 4096, 20_000]), dice.randrange(size), dice.randrange(size)
        yield f"{n} bytes of zeros at {i}", _set_zero(i, n)
        yield f"the last {n} bytes twice", lambda data, n=n: data.extend(data[-n:])  # type: ignore[misc]
        yield f"{n} bytes at {i} and at {j} swapped", _swap(min(i, j), max(i, j), n)
        yield f"{n} bytes at {i} left out", lambda data, i=i, n=n: data.__delitem__(slice(i, i + n))  # type: ignore[misc]
        yield f"{n} bytes at {i} twice", lambda data, i=i, n=n: data.__setitem__(slice(i, i), data[i : i + n])  # type: ignore[misc]


def _set_zero(i: int, n: int) -> Harm:
    def harm(data: bytearray) -> None:
        data[i : i + n] = bytes(len(data[i : i + n]))

    return harm


def _swap(i: int, j: int, n: int) -> Harm:
    def harm(data: bytearray) -> None:
        n_each = min(n, j - i, len(data) - j)
        data[i : i + n_each], data[j : j + n_each] = data[j : j + n_each], data[i : i + n_each]

    return harm


def first_difference(one: bytes, other: bytes) -> int:
    n = min(len(one), len(other))
    different = (np.frombuffer(one, np.uint8, n) != np.frombuffer(other, np.uint8, n)).nonzero()[0]
    return int(different[0]) if len(different) else n


def test_zeros_doubled_and_swapped_pieces_never_give_a_wrong_record_and_are_named_unless_at_the_end(
    original: Original, dice: random.Random
) -> None:
    """REC-1, REC-13: what a machine leaves that loses its power, or a disk that writes in the wrong place."""
    for what, harm in larger_harms(original, dice):
        harmed = original.harm(harm)
        n_sound = first_difference(harmed, original.data)
        journal = read_episode_journal(original.folder)
        check_used(original, journal, n_sound)
        check_read(journal)
        if journal.n_steps < original.n_steps and harmed.endswith(original.data[original.last_records :]):
            assert journal.damage, what  # later records stand there as they were written: this is no torn tail


def test_the_reader_that_follows_a_journal_gives_no_wrong_row_and_stops_where_it_is_damaged(
    original: Original, dice: random.Random
) -> None:
    """REC-13: the index, and what players are told is safe, come of its rows."""
    n_refused = 0
    for i in places(dice, len(original.data), 400):
        n_before = dice.randrange(len(original.data))
        original.path.write_bytes(original.data[:n_before])
        tail = JournalTail(original.path)
        rows = tail.read_new()
        assert rows == list(original.rows[: len(rows)])
        original.harm(flip(i, dice.randrange(8)))
        try:
            rows += tail.read_new()
        except JournalCorrupt:
            n_refused += 1
            assert i >= tail.n_bytes
        assert rows == list(original.rows[: len(rows)])
        assert tail.n_bytes <= i or i < n_before  # what was read before it was harmed is not looked at again
    assert n_refused > 0


def test_what_is_left_of_a_damaged_journal_is_closed_sealed_and_read_back_and_the_damage_stays_named(
    original: Original, dice: random.Random, tmp_path: Path
) -> None:
    """REC-13, REC-31, REC-37: in the sealed episode too, though the closing epoch adopts only what is sound."""
    for n, i in enumerate(places(dice, len(original.data), 25)[:: 100 if IS_LONG else 1]):
        original.harm(flip(i, dice.randrange(8)))
        was_damaged = read_episode_journal(original.folder).damage != ()
        journal = close_orphan(original.folder, EndReason.ABANDONED, None)
        try:
            assert (journal.damage != ()) == was_damaged
            assert was_damaged or i >= original.last_record
            store = LocalStore(tmp_path / str(n))
            sealed = seal_episode(original.folder, store)
            episode = Dataset(store, None).episode(sealed.episode_id)
            assert (find_damage_told(episode.info.verification_detail) is not None) == was_damaged
            assert episode.info.n_steps == original.count_steps(i)
            steps = episode.steps(["step", "reward", "action"]).to_pylist()
            assert steps == [
                {"step": step.step, "reward": step.reward, "action": step.action}
                for step in map(step_told, range(episode.n_steps))
            ]
            frames = list(episode.frames())
            assert [number for number, _ in frames] == list(range(episode.n_steps + 1))
            assert all(np.array_equal(picture, picture_of(number)) for number, picture in frames)
        finally:
            for epoch in journal.adopted:
                if epoch.epoch > 2:
                    journal_path(original.folder, epoch.epoch).unlink()
