"""Where an episode stands: ready, running, paused, and what leads from one to another (LIVE.md section 5)."""

from __future__ import annotations

import pytest
from tests.sessions.fakes import MS, TICK_NS, S, Table

from skill_arcade.recorder.records import RecordKind
from skill_arcade.wire.from_server import State, Welcome


def test_nothing_moves_before_start() -> None:
    """LIVE-20."""
    table = Table()
    table.connect()
    table.ticks(10)
    assert table.play.n_steps == 0
    table.say(type="start")
    table.ticks(10)
    assert table.play.n_steps == 10


def test_a_pause_and_a_resume_of_a_game_that_is_ready_are_ignored() -> None:
    """LIVE-20."""
    table = Table()
    client = table.connect()
    table.say(type="pause", reason="player")
    for countdown_ms in (0, 100):
        table.say(type="resume", countdown_ms=countdown_ms)
        table.pass_time(S)
    assert client.states == ["ready"]
    assert table.play.n_steps == 0
    table.say(type="start")
    assert client.states == ["ready", "running"]
    assert [e["kind"] for e in table.journal.of(RecordKind.EVENT)] == ["start"]


def test_a_start_of_a_game_that_runs_or_is_paused_is_ignored() -> None:
    """LIVE-20: the next tick stays where it was."""
    table = Table()
    client = table.begin()
    table.ticks(2)
    table.pass_time(TICK_NS // 2)
    table.say(type="start")
    table.pass_time(TICK_NS // 2)
    assert table.play.n_steps == 3
    table.say(type="pause", reason="player")
    table.say(type="start")
    table.ticks(10)
    assert table.play.n_steps == 3
    assert client.states == ["ready", "running", "paused:player"]
    assert [e["kind"] for e in table.journal.of(RecordKind.EVENT)] == ["start", "pause"]


def test_no_step_happens_while_paused_and_held_keys_are_released() -> None:
    """LIVE-22, LIVE-23."""
    table = Table()
    client = table.begin()
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    table.ticks(2)
    table.say(type="pause", reason="blur")
    table.ticks(50)
    assert table.play.n_steps == 2
    assert client.states[-1] == "paused:blur"
    table.say(type="resume", countdown_ms=100)
    assert client.newest(State).resumes_in_ms == 100
    table.pass_time(99 * MS)
    assert table.play.n_steps == 2
    table.pass_time(1 * MS)
    table.ticks(1)
    assert table.simulation.actions == [1, 1, 0]
    assert client.states[-1] == "running"
    assert [e["kind"] for e in table.journal.of(RecordKind.EVENT)] == ["start", "down", "pause", "resume"]


def test_a_pause_during_the_countdown_cancels_it() -> None:
    """LIVE-22."""
    table = Table()
    table.begin()
    table.say(type="pause", reason="player")
    table.say(type="resume", countdown_ms=1000)
    table.say(type="pause", reason="player")
    table.pass_time(5 * S)
    assert table.play.n_steps == 0


def test_a_further_resume_begins_the_countdown_anew() -> None:
    """LIVE-22."""
    table = Table()
    client = table.begin()
    table.say(type="pause", reason="player")
    table.say(type="resume", countdown_ms=1000)
    table.pass_time(900 * MS)
    table.say(type="resume", countdown_ms=500)
    assert client.newest(State).resumes_in_ms == 500
    table.pass_time(500 * MS - 1)
    assert client.states[-1] == "paused:player"
    table.pass_time(1)
    assert client.states[-1] == "running"
    (resume,) = table.journal.events("resume")
    assert resume["detail"]["countdown_ms"] == 500


def test_a_lost_connection_pauses_and_a_short_loss_suggests_no_countdown() -> None:
    """LIVE-22, LIVE-23."""
    table = Table()
    table.begin()
    table.ticks(3)
    table.play.detach()
    table.pass_time(2 * S)
    assert table.play.n_steps == 3
    client = table.connect()
    assert client.states == ["paused:disconnected"]
    assert client.newest(State).countdown_ms == 0
    assert client.newest(Welcome).step == 3


def test_a_long_loss_suggests_a_countdown() -> None:
    """LIVE-22."""
    table = Table()
    table.begin()
    table.play.detach()
    table.pass_time(4 * S)
    assert table.connect().newest(State).countdown_ms == 3000


def test_a_gap_is_measured_from_the_newest_step() -> None:
    """REC-18."""
    table = Table()
    table.begin()
    table.ticks(3)
    table.say(type="pause", reason="player")
    table.pass_time(5 * S)
    table.play.detach()
    table.pass_time(2 * S)
    table.connect()
    segment = table.journal.of(RecordKind.SEGMENT)[-1]
    assert segment["gap_ns"] == pytest.approx(7 * S, rel=0.01)


def test_a_resume_is_recorded_with_its_countdown() -> None:
    """REC-25."""
    table = Table()
    table.begin()
    table.say(type="pause", reason="player")
    table.say(type="resume", countdown_ms=500)
    table.pass_time(S)
    (resume,) = table.journal.events("resume")
    assert resume["detail"] == {"countdown_ms": 500, "t0_ns": resume["t_received_ns"]}


def test_a_persons_game_pauses_when_nothing_is_heard_of_the_client_for_three_seconds() -> None:
    """LIVE-14, LIVE-28."""
    table = Table()
    client = table.begin()
    table.pass_time(29 * S // 10)
    assert client.states[-1] == "running"
    table.pass_time(2 * S // 10)
    assert client.states[-1] == "paused:disconnected"
    assert client.newest(State).countdown_ms == 3000
    n_steps = table.play.n_steps
    table.pass_time(5 * S)
    assert (table.play.n_steps, client.closed) == (n_steps, None)
    table.say(type="resume", countdown_ms=4000)
    table.pass_time(6 * S)
    assert client.states[-1] == "running"
    assert table.play.n_steps > n_steps


@pytest.mark.parametrize(
    ("played_by", "tick_hz"), [("agent", 60.0), ("scripted", 60.0), ("human", None), ("human", 0.5)]
)
def test_programs_turns_and_slow_games_may_be_silent_longer(played_by: str, tick_hz: float | None) -> None:
    """LIVE-14, LIVE-28."""
    table = Table(tick_hz=tick_hz)
    client = table.begin(played_by=played_by)
    table.pass_time(49 * S // 10)
    assert client.states[-1] == "running"
