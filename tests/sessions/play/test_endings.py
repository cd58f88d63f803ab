"""How an episode ends, and what its player is told of it."""

from __future__ import annotations

import pytest
from tests.sessions.fakes import MS, S, Table

from skill_arcade.recorder.records import RecordKind
from skill_arcade.wire.closes import Close
from skill_arcade.wire.frame import FrameFlag
from skill_arcade.wire.from_server import Ended, Pong, State


def test_an_attended_pause_ends_by_the_stated_time() -> None:
    """LIVE-24."""
    table = Table(pause_limit_s=20.0)
    client = table.begin()
    table.say(type="pause", reason="player")
    assert client.newest(State).ends_in_ms == 20_000
    for _ in range(20):
        table.say(type="ping", id=1, client_us=1)
        table.pass_time(S)
    assert client.newest(Ended).reason == "paused_too_long"
    table.pass_time(S)
    assert table.play.is_over


def test_an_episode_that_is_never_begun_ends_by_the_stated_time() -> None:
    """LIVE-24: `ready` has a limit as a pause has, and another one where nobody is connected."""
    table = Table(pause_limit_s=10.0)
    client = table.connect()
    assert client.newest(State).ends_in_ms == 10_000
    table.pass_time(10 * S - 1)
    assert client.states == ["ready"]
    table.pass_time(1)
    assert client.states == ["ready", "ended"]
    assert (client.newest(Ended).reason, client.newest(Ended).n_steps) == ("paused_too_long", 0)

    alone = Table(pause_limit_s=10.0)
    alone.pass_time(3600 * S - 1)
    assert not alone.play.is_over
    alone.pass_time(1)
    (end,) = alone.journal.of(RecordKind.END)
    assert end["end_reason"] == "abandoned"


def test_an_unattended_episode_is_abandoned() -> None:
    """LIVE-24."""
    table = Table()
    table.begin()
    table.play.detach()
    table.pass_time(3601 * S)
    (end,) = table.journal.of(RecordKind.END)
    assert (end["status"], end["end_reason"]) == ("incomplete", "abandoned")


def test_a_pause_cannot_be_stretched_by_coming_and_going() -> None:
    """LIVE-24."""
    table = Table(pause_limit_s=20.0)
    table.begin()
    table.say(type="pause", reason="player")
    for _ in range(4):
        table.pass_time(6 * S)
        if table.play.is_over:
            break
        table.play.detach()
        table.connect()
    table.pass_time(S)
    (end,) = table.journal.of(RecordKind.END)
    assert end["end_reason"] == "paused_too_long"


def test_the_end_is_told_and_the_socket_closed() -> None:
    """LIVE-27, REC-40."""
    table = Table(ends_after=5)
    client = table.begin()
    table.input("down", ["Space"], code="Space")
    table.ticks(6)
    ended = client.newest(Ended)
    assert (ended.status, ended.reason, ended.n_steps, ended.score, ended.metric) == (
        "won",
        "terminated",
        5,
        15.0,
        15.0,
    )
    assert not client.is_closed
    table.pass_time(S)
    assert client.closed is not None
    assert client.closed[0] is Close.ENDED
    assert FrameFlag.TERMINATED in FrameFlag(client.frames[-1].flags)
    (end,) = table.journal.of(RecordKind.END)
    assert (end["n_steps"], end["score"], end["final_hash"]) == (5, 15.0, table.simulation.state_hash())
    assert end["active_time_s"] == pytest.approx(5 / 50)


def test_for_half_a_second_after_the_end_a_client_may_report_and_nothing_else() -> None:
    """LIVE-27: `drawn`, `clock` and `ping` are taken."""
    table = Table(ends_after=5)
    client = table.begin()
    table.ticks(5)
    assert client.newest(Ended).n_steps == 5
    table.pass_time(500 * MS - 1)
    table.say(type="drawn", steps=[5], at_us=[10])
    table.say(type="clock", t0_client_us=1, t1_server_us=2, t2_server_us=3, t3_client_us=4)
    table.say(type="ping", id=3, client_us=1)
    table.say(type="start")
    assert table.journal.of(RecordKind.DRAWN)[-1]["steps"] == [5]
    assert len(table.journal.of(RecordKind.CLOCK)) == 1
    assert client.newest(Pong).id == 3
    assert client.states == ["ready", "running", "ended"]
    assert not client.is_closed
    table.pass_time(1)
    assert client.closed is not None
    assert client.closed[0] is Close.ENDED
    assert table.play.is_over


def test_max_steps_ends_the_episode_incomplete() -> None:
    """REC-40."""
    table = Table(max_steps=3)
    client = table.begin()
    table.ticks(5)
    assert client.newest(Ended).reason == "max_steps"
    assert client.newest(Ended).status == "incomplete"


def test_quit_ends_the_episode_and_keeps_its_record() -> None:
    """LIVE-20, REC-40."""
    table = Table()
    client = table.begin()
    table.ticks(2)
    table.say(type="quit")
    assert client.newest(Ended).reason == "player_quit"
    assert len(table.journal.steps) == 2


def test_an_environment_that_raises_ends_the_episode_with_the_reason() -> None:
    """REC-40."""
    table = Table()
    client = table.begin()
    table.simulation.fails_at = 2
    table.ticks(5)
    assert client.newest(Ended).reason == "environment_error"
    (end,) = table.journal.of(RecordKind.END)
    assert end["detail"] == f"The game broke. {284 * 'x'}…"
    assert end["n_steps"] == len(table.journal.steps) == 2


def test_a_picture_that_cannot_be_made_ends_the_episode_and_leaves_no_half_step() -> None:
    """REC-15, REC-40."""
    table = Table()
    client = table.begin()
    table.ticks(2)
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    table.simulation.renders = False
    table.ticks(2)
    assert client.newest(Ended).reason == "environment_error"
    (end,) = table.journal.of(RecordKind.END)
    assert (end["n_steps"], end["final_hash"]) == (len(table.journal.steps), None) == (2, None)
    (event,) = table.journal.events("down")
    assert event["applied_step"] is None
