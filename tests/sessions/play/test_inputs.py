"""Inputs: in their order, in the step that each acts in, in real time and in turns (LIVE.md section 4)."""

from __future__ import annotations

import json

import pytest
from tests.sessions.fakes import S, Table

from skill_arcade.recorder.records import RecordKind
from skill_arcade.wire.closes import Close
from skill_arcade.wire.from_server import Pending, Pong, Welcome


def test_a_held_key_acts_in_every_step_until_it_is_released() -> None:
    """LIVE-32, LIVE-34."""
    table = Table()
    table.begin()
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    table.ticks(3)
    table.input("up", [], code="ArrowLeft")
    table.ticks(2)
    assert table.simulation.actions == [1, 1, 1, 0, 0]


def test_a_tap_shorter_than_a_tick_acts_for_one_step() -> None:
    """LIVE-34."""
    table = Table()
    table.begin()
    table.input("down", ["Space"], code="Space")
    table.input("up", [], code="Space")
    table.ticks(3)
    assert table.simulation.actions == [3, 0, 0]


def test_a_step_knows_the_input_that_is_new_in_it_and_no_other() -> None:
    """LIVE-33, REC-20: nothing is carried over."""
    table = Table()
    table.begin()
    table.ticks(2)
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    table.ticks(2)
    before, new, after = table.journal.steps[1:4]
    assert (before.shown_step, before.t_input_us, before.input_seq) == (None, None, 0)
    assert (new.shown_step, new.t_input_us, new.input_seq) == (2, 1001, 1)
    assert (after.shown_step, after.t_input_us, after.input_seq) == (None, None, 1)
    (event,) = table.journal.events("down")
    assert event["applied_step"] == 2


def test_the_picture_tells_the_newest_input_applied() -> None:
    """LIVE-15."""
    table = Table()
    client = table.begin()
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    table.ticks(1)
    assert client.frames[-1].input_seq == 1


def test_an_input_had_before_is_ignored_and_a_gap_ends_the_socket() -> None:
    """LIVE-30."""
    table = Table()
    table.begin()
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    table.input("down", ["ArrowRight"], seq=1, code="ArrowRight")
    table.ticks(1)
    assert table.simulation.actions == [1]
    table.input("up", [], seq=3, code="ArrowLeft")
    assert table.client.closed is not None
    assert table.client.closed[0] is Close.OUT_OF_ORDER


def test_an_action_of_an_agent_acts_until_the_next_input() -> None:
    """LIVE-34."""
    table = Table()
    table.begin(played_by="agent")
    table.input("action", action=2)
    table.ticks(3)
    table.input("action", action=0)
    table.ticks(1)
    assert table.simulation.actions == [2, 2, 2, 0]


@pytest.mark.parametrize("action", [4, -1, 1.5])
def test_an_action_outside_the_space_ends_the_socket_and_not_the_episode(action: float) -> None:
    """LIVE-37."""
    table = Table()
    table.begin(played_by="scripted")
    table.ticks(2)
    table.input("action", action=action)
    assert table.client.closed is not None
    assert table.client.closed[0] in (Close.OUT_OF_ORDER, Close.MALFORMED)
    assert not table.play.is_over
    table.connect(played_by="scripted")
    assert table.client.newest(Welcome).step == 2


def test_a_human_plays_with_keys() -> None:
    """LIVE-31."""
    table = Table()
    table.begin()
    table.input("action", action=1)
    assert table.client.closed is not None
    assert table.client.closed[0] is Close.MALFORMED


def test_inputs_during_a_pause_are_recorded_and_make_no_step() -> None:
    """LIVE-37, REC-24."""
    table = Table()
    table.begin()
    table.say(type="pause", reason="player")
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    (event,) = table.journal.events("down")
    assert event["applied_step"] is None


def test_an_input_came_when_the_system_had_it_and_not_when_it_was_read() -> None:
    """REC-24, LIVE-50."""
    table = Table()
    client = table.begin()
    table.ticks(3)
    came_ns = table.clock.now_ns - 5_000_000
    message = {"type": "input", "kind": "down", "code": "Digit1", "key": "1", "held": ["Digit1"], "seq": 1}
    table.play.receive(json.dumps({**message, "client_us": 1, "shown_step": 2}).encode(), came_ns)
    table.play.receive(json.dumps({"type": "ping", "id": 1, "client_us": 2}).encode(), came_ns)
    table.ticks(1)
    (event,) = (each for each in table.journal.of(RecordKind.EVENT) if each["kind"] == "down")
    assert event["t_received_ns"] == came_ns
    pong = client.newest(Pong)
    assert (pong.t1_server_us, pong.t2_server_us) == (came_ns // 1000, (came_ns + 5_000_000) // 1000)


def test_in_turns_nothing_happens_until_a_move() -> None:
    """LIVE-35."""
    table = Table(tick_hz=None)
    client = table.begin()
    table.pass_time(5 * S)
    assert table.play.n_steps == 0
    table.input("down", ["Digit1"], code="Digit1")
    assert client.newest(Pending).codes == ("Digit1",)
    assert table.play.n_steps == 0
    table.input("up", [], code="Digit1")
    table.input("down", ["Digit2"], code="Digit2")
    assert table.simulation.actions == [1]
    assert client.newest(Pending).codes == ()
    assert [e["applied_step"] for e in table.journal.events("down")] == [None, 0]
    assert client.frames[-1].step == 1


def test_in_turns_clicks_stand_for_keys() -> None:
    """LIVE-35, LIVE-38."""
    table = Table(tick_hz=None)
    table.begin()
    table.input("pointer", x=0.2, y=0.5)
    table.input("pointer", x=0.8, y=0.5)
    assert table.simulation.actions == [1]
