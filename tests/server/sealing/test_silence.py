from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from tests.accounts.hand_clock import HandClock

from skill_arcade.server.sealing.silence import WATCHED_AT_LEAST_S, SilenceWatch

DAY_S = 86_400.0


class Watched:
    """One journal, and both clocks."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "000001.journal"
        self.clock = HandClock()
        self.monotonic_s = 1000.0
        self.watch = SilenceWatch(self.clock, lambda: self.monotonic_s)
        self.write()

    def write(self) -> None:
        with self.path.open("ab") as file:
            file.write(b"record")
        now_s = self.clock.now.timestamp()
        os.utime(self.path, (now_s, now_s))

    def pass_time(self, seconds: float) -> None:
        self.monotonic_s += seconds
        self.clock.now += timedelta(seconds=seconds)

    def jump(self, seconds: float) -> None:
        self.clock.now += timedelta(seconds=seconds)

    def is_silent(self) -> bool:
        self.watch.look([self.path])
        return self.watch.is_silent(self.path, DAY_S)


@pytest.fixture
def journal(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_a_journal_is_silent_a_day_after_it_was_written(journal: Watched) -> None:
    assert not journal.is_silent()
    journal.pass_time(DAY_S)
    assert not journal.is_silent()
    journal.pass_time(1)
    assert journal.is_silent()


def test_whoever_writes_is_heard(journal: Watched) -> None:
    journal.is_silent()
    journal.pass_time(DAY_S - 1)
    journal.write()
    assert not journal.watch.is_silent(journal.path, DAY_S)  # also before the next look
    journal.pass_time(DAY_S)
    assert not journal.is_silent()
    journal.pass_time(DAY_S + 1)
    assert journal.is_silent()


def test_silence_from_before_a_restart_counts_but_nobody_is_called_silent_at_once(journal: Watched) -> None:
    journal.pass_time(DAY_S + 1)
    assert not journal.is_silent()
    journal.pass_time(WATCHED_AT_LEAST_S)
    assert journal.is_silent()


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S, 10 * DAY_S, -10 * DAY_S])
def test_a_wall_clock_that_jumps_after_the_first_look_changes_nothing(journal: Watched, jump_s: float) -> None:
    journal.is_silent()
    journal.pass_time(3600)
    journal.jump(jump_s)
    journal.pass_time(DAY_S - 3601)
    assert not journal.is_silent()
    journal.pass_time(2)
    assert journal.is_silent()


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
def test_a_jump_while_a_journal_is_written_changes_nothing(journal: Watched, jump_s: float) -> None:
    """Written before the jump, found grown after it: it has been silent since the look before at most."""
    journal.is_silent()
    journal.pass_time(2)
    journal.write()
    journal.jump(jump_s)
    assert not journal.is_silent()
    journal.pass_time(DAY_S - 3)
    assert not journal.is_silent()
    journal.pass_time(4)
    assert journal.is_silent()


def test_a_journal_that_is_new_since_the_last_look_has_been_silent_for_no_longer(journal: Watched) -> None:
    journal.watch.look([])
    journal.jump(2 * DAY_S)
    journal.pass_time(2)
    assert not journal.is_silent()
    journal.pass_time(DAY_S - 3)
    assert not journal.is_silent()


def test_a_machine_that_starts_with_a_clock_ahead_and_is_told_the_time_abandons_nobody(journal: Watched) -> None:
    journal.jump(2 * DAY_S)
    assert not journal.is_silent()
    journal.pass_time(30)
    journal.jump(-2 * DAY_S)
    journal.pass_time(WATCHED_AT_LEAST_S)
    assert not journal.is_silent()
    journal.pass_time(DAY_S)
    assert journal.is_silent()


def test_a_machine_whose_clock_stays_behind_abandons_after_a_day_of_watching(journal: Watched) -> None:
    journal.jump(-100 * DAY_S)
    journal.is_silent()
    journal.pass_time(DAY_S - 1)
    assert not journal.is_silent()
    journal.pass_time(2)
    assert journal.is_silent()


def test_one_that_is_not_watched_is_not_silent(journal: Watched, tmp_path: Path) -> None:
    assert not journal.watch.is_silent(journal.path, 0.0)
    journal.watch.look([tmp_path / "gone"])
    assert not journal.watch.is_silent(journal.path, 0.0)
