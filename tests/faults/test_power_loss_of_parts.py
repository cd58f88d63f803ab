"""The power goes, hundreds of times, under the parts of a server that write: journals, shipper, index and sealer.

The same promises as in `test_power_loss`, without a server that takes seconds to start, and with the power gone at a
change of the disk that is chosen: nearly the same again with the same seed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import IO
from uuid import UUID

from tests.faults.crash_points import CRASHES, CRASHES_OF_A_SERVER, SEED, tell_dice
from tests.faults.disk_checks import check_archive, copied_index
from tests.faults.forgetful_disk import forgetful_disk
from tests.faults.witness import digest_of

from skill_arcade.database.episodes import fetch_keys
from skill_arcade.database.steps import count_steps
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import Dataset, open_dataset
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import EpisodeNotFound
from skill_arcade.recorder.chain import MissingEpoch

MOST_CHANGES = 700
"""Writes, syncs and names until the power goes."""


@dataclass
class Book:
    """What was told of one episode.

    Attributes:
        shown: the pictures, by number.
        safe: steps that are on the disk.
        indexed: steps that are in SQL.
        is_sealed: its files are in the archive.
        is_checked: they were, and what was told was in them.
    """

    shown: dict[int, str] = field(default_factory=dict)
    safe: int = 0
    indexed: int = 0
    is_sealed: bool = False
    is_checked: bool = False

    @property
    def must_be_kept(self) -> int:
        """Steps that no loss of power takes: none is indexed before it is on the disk."""
        return max(self.safe, self.indexed)

    def hear(self, word: str, arguments: list[str]) -> None:
        """One thing that a server's parts said."""
        match word, arguments:
            case "began", [step]:
                # What was shown beyond was lost with the power; in one life of the machine nothing is (`check`).
                assert int(step) == max(self.shown, default=0), f"{step} instead of {max(self.shown, default=0)}"
            case "shown", [step, digest]:
                assert self.shown.setdefault(int(step), digest) == digest, f"picture {step} is another one now"
            case "safe", [step]:
                self.safe = int(step)
                assert self.safe <= max(self.shown, default=0), "a step was safe before it was shown"
            case "indexed", [step]:
                self.indexed = int(step)
            case "sealed", []:
                self.is_sealed = True
            case _:
                raise AssertionError(f"{word} {arguments}")


@contextmanager
def parts_on(data: Path, log: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """The process of `parts_process`."""
    command = [sys.executable, "-m", "tests.faults.parts_process", str(data)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        yield process


def test_what_was_told_to_be_on_the_disk_survives_hundreds_of_losses_of_power(tmp_path: Path) -> None:
    """REC-1, REC-2, REC-5, REC-13, REC-31, REC-35, REC-37, LIVE-60."""
    n_crashes = CRASHES - CRASHES_OF_A_SERVER
    tell_dice()
    dice, books, n_steps = Random(SEED), dict[str, Book](), 0
    sealed: set[Path] = set()
    data, log = tmp_path / "disk" / "data", tmp_path / "log"
    with (
        forgetful_disk(tmp_path / "disk") as disk,
        log.open("w") as writing,
        parts_on(data, writing) as parts,
    ):
        for _ in range(n_crashes):
            disk.cut(dice.randint(1, MOST_CHANGES))
            is_done = hear_all(parts, dice.randrange(2**31), books)
            assert disk.is_cut or is_done, log.read_text()[-4000:]
            disk.cut()
            disk.restore(dice.randrange(2**31))
            check_archive(data, sealed)
            n_steps += check(data, books)
    n_sealed = sum(book.is_sealed for book in books.values())
    print(f"crash points: {n_crashes}, episodes: {len(books)}, sealed: {n_sealed}")
    print(f"steps checked: {n_steps}, lost of those told to be on the disk: 0")
    assert n_steps > n_crashes


def hear_all(parts: subprocess.Popen[str], seed: int, books: dict[str, Book]) -> bool:
    """Let a child work to its end; whether it came to all that it wanted to do."""
    assert parts.stdin is not None
    assert parts.stdout is not None
    parts.stdin.write(f"{seed}\n")
    parts.stdin.flush()
    is_done = False
    for line in parts.stdout:
        match line.split():
            case ["over"]:
                return is_done
            case ["done"]:
                is_done = True
            case [word, episode_id, *arguments]:
                books.setdefault(episode_id, Book()).hear(word, arguments)
    raise AssertionError("the process of the parts has ended")


def check(data: Path, books: dict[str, Book]) -> int:
    """Look at the disk after a loss of power; the number of steps that were looked at."""
    check_index(data, books)
    dataset, n_steps = open_dataset(data), 0
    for episode_id, book in list(books.items()):
        if book.is_checked:
            continue
        try:
            n_steps += check_episode(dataset, episode_id, book)
        except (EpisodeNotFound, MissingEpoch):
            # All of it is gone, or the epoch is that was gone on from and not on the disk yet.
            if book.must_be_kept:
                raise
            del books[episode_id]
    return n_steps


def check_episode(dataset: Dataset, episode_id: str, book: Book) -> int:
    """What was told of an episode is there, and what is there was told; its steps."""
    episode = dataset.episode(episode_id)
    assert episode.is_sealed or not book.is_sealed
    assert episode.n_steps >= book.must_be_kept, f"{book.must_be_kept} of {episode_id} were safe"
    numbers = episode.steps(["step"])["step"].to_pylist()
    assert numbers == list(range(episode.n_steps))
    recorded = {number: digest_of(picture) for number, picture in episode.frames()}
    if recorded or book.must_be_kept > 0:  # else the record may have been torn off before the first picture
        assert list(recorded) == list(range(episode.n_steps + 1))
    # Of the newest step the picture may not have been shown yet when the power went.
    alike = recorded.keys() & book.shown.keys()
    assert len(alike) >= min(len(recorded), len(book.shown))
    for number in alike:
        assert recorded[number] == book.shown[number], f"picture {number} of {episode_id}"
    book.shown = recorded
    if episode.is_sealed:
        assert episode.info.row["verification"] == Verification.VERIFIED
        book.is_checked = book.is_sealed
    return episode.n_steps


def check_index(data: Path, books: dict[str, Book]) -> None:
    """What was committed is there."""
    told = {UUID(episode_id): book.indexed for episode_id, book in books.items() if book.indexed}
    with copied_index(data) as copy:
        if not told:
            return
        assert copy is not None, "the index is gone, and with it what was committed"
        database = Database(f"sqlite:///{copy}")
        with database.read() as session:
            keys = fetch_keys(session, list(told))
            for episode_id, n_steps in told.items():
                assert count_steps(session, keys[episode_id]) >= n_steps, f"indexed steps of {episode_id}"
        database.dispose()
