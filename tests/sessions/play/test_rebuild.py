"""An episode that is taken up where its journal ends, and what its client sends once more (LIVE-36)."""

from __future__ import annotations

import pytest
from tests.sessions.fakes import EPISODE, MS, TICK_NS, ManualClock, S, Table

from skill_arcade.domain.step import Outcome
from skill_arcade.recorder.records import RecordKind
from skill_arcade.sessions.play.stage import Press, StartPoint
from skill_arcade.wire.from_server import Pending, State, Welcome


def rebuilt(table: Table, n_steps: int, **changes: object) -> Table:
    """A new session of the same episode, as made from the journal of `table` after `n_steps`."""
    fields: dict[str, object] = {"last_seq": table.seq, "started": True, "n_steps": n_steps, **changes}
    again = Table(StartPoint(EPISODE, 2, 3, "boot", **fields))  # type: ignore[arg-type]
    again.simulation.actions = table.simulation.actions[:n_steps]
    return again


def test_a_rebuilt_session_is_paused_where_it_was() -> None:
    """LIVE-6, LIVE-21."""
    table = Table()
    table.begin()
    table.ticks(4)
    again = rebuilt(table, 4)
    client = again.connect()
    assert client.states == ["paused:rebuilt"]
    assert (client.newest(Welcome).step, client.newest(Welcome).epoch, client.newest(Welcome).segment) == (4, 2, 4)
    assert (client.frames[0].step, client.frames[0].is_key) == (4, True)


@pytest.mark.parametrize(("gap_ns", "countdown_ms"), [(2 * S, 0), (14 * S, 3000), (None, 3000), (-S, 3000)])
def test_a_rebuilt_session_suggests_a_countdown_by_the_time_since_its_newest_step(
    gap_ns: int | None, countdown_ms: int
) -> None:
    """LIVE-22; a gap that is unknown, or below nothing by a clock that was set back, counts as long."""
    table = Table()
    table.begin()
    table.ticks(4)
    began_ns = ManualClock().now_ns
    again = rebuilt(table, 4, last_tick_ns=None if gap_ns is None else began_ns - gap_ns)
    client = again.connect()
    assert client.states == ["paused:rebuilt"]
    assert client.newest(State).countdown_ms == countdown_ms


def test_re_sent_inputs_are_marked_and_make_no_step_by_themselves() -> None:
    """LIVE-36, LIVE-37, REC-24."""
    table = Table()
    table.begin()
    table.ticks(2)
    again = rebuilt(table, 2)
    again.connect()
    lost = {
        "type": "input",
        "seq": 1,
        "kind": "down",
        "code": "Space",
        "key": " ",
        "held": ["Space"],
        "client_us": 5,
        "shown_step": 2,
    }
    again.say(type="resend", inputs=[{**lost, "applied_step": None}], last_step=2)
    (event,) = again.journal.events("down")
    assert (event["replayed"], event["applied_step"], event["t_client_us"]) == (True, None, 5)
    again.say(type="resume", countdown_ms=0)
    again.ticks(1)
    assert again.simulation.actions[2:] == [0]


def test_steps_lost_with_another_machine_are_made_again_from_the_clients_inputs() -> None:
    """LIVE-36, REC-20: the client saw 10 steps, the record here has 4; it held LEFT from step 5 to 7."""
    table = Table()
    table.begin()
    table.ticks(5)
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    table.ticks(3)
    table.input("up", [], code="ArrowLeft")
    table.ticks(2)
    seen = list(table.simulation.actions)
    assert seen == [0, 0, 0, 0, 0, 1, 1, 1, 0, 0]

    again = rebuilt(table, 4, last_seq=0)
    again.connect()
    common = {"type": "input", "code": "ArrowLeft", "key": "ArrowLeft", "client_us": 5, "shown_step": 2}
    inputs = [
        {**common, "seq": 1, "kind": "down", "held": ["ArrowLeft"], "applied_step": 5},
        {**common, "seq": 2, "kind": "up", "held": [], "applied_step": 8},
    ]
    again.say(type="resend", inputs=inputs, last_step=10)
    assert again.play.n_steps == 4
    again.say(type="resume", countdown_ms=0)
    assert again.simulation.actions == seen
    assert [s.replayed_input for s in again.journal.steps] == [False, True, False, False, True, False]
    assert [s.step for s in again.journal.steps] == [4, 5, 6, 7, 8, 9]
    # Each step says which inputs had been applied by then (REC-20), not which ones the client had sent again.
    assert [s.input_seq for s in again.journal.steps] == [0, 1, 1, 1, 2, 2]


def test_what_was_pressed_while_away_is_recorded_after_what_acted_in_the_steps_that_were_lost() -> None:
    """LIVE-30, LIVE-36: in the order of `seq`, also where the last lost step is made for an input that is older."""
    table = Table()
    table.begin()
    table.ticks(10)
    again = rebuilt(table, 4, last_seq=0)
    again.connect()
    common = {"type": "input", "key": "k", "client_us": 5, "shown_step": 2, "held": []}
    inputs = [
        {**common, "seq": 1, "kind": "down", "code": "ArrowLeft", "applied_step": 5},
        {**common, "seq": 2, "kind": "up", "code": "ArrowLeft", "applied_step": 9},
        {**common, "seq": 3, "kind": "down", "code": "ArrowRight", "applied_step": None},
        {**common, "seq": 4, "kind": "up", "code": "ArrowRight", "applied_step": None},
    ]
    again.say(type="resend", inputs=inputs, last_step=10)
    again.say(type="resume", countdown_ms=0)
    again.input("down", ["ArrowLeft"], seq=5, code="ArrowLeft")
    again.ticks(1)
    recorded = [(e["seq"], e["applied_step"]) for e in again.journal.of(RecordKind.EVENT) if "seq" in e]
    assert recorded == [(1, 5), (2, 9), (3, None), (4, None), (5, 10)]


def test_ticks_are_counted_from_when_lost_steps_were_made_again_and_the_record_says_so() -> None:
    """LIVE-25, LIVE-36, REC-25: they come before the resume, had no ticks, and their time is no stall."""
    table = Table()
    table.begin()
    table.ticks(10)
    again = rebuilt(table, 4, last_seq=0)
    again.connect()
    again.say(type="resend", inputs=[], last_step=10)
    make = again.simulation.step

    def make_slowly(action: int) -> Outcome:
        again.clock.now_ns += 20 * MS
        return make(action)

    again.simulation.step = make_slowly  # type: ignore[method-assign]
    began_ns = again.clock.now_ns
    again.say(type="resume", countdown_ms=0)
    again.simulation.step = make  # type: ignore[method-assign]

    (resume,) = again.journal.events("resume")
    assert again.play.n_steps == resume["step"] == 10
    assert resume["detail"]["t0_ns"] == began_ns + 6 * 20 * MS
    again.pass_time(TICK_NS - 1)
    assert again.play.n_steps == 10
    again.pass_time(1)
    assert again.play.n_steps == 11
    assert again.journal.events("stall") == []


def test_a_client_that_contradicts_itself_about_lost_steps_can_go_on() -> None:
    """LIVE-36: an input acted in step 5, says the client, but the newest picture that it saw is number 4."""
    table = Table()
    table.begin()
    table.ticks(4)
    again = rebuilt(table, 4, last_seq=0)
    again.connect()
    lost = {"type": "input", "kind": "down", "code": "ArrowLeft", "key": "ArrowLeft", "client_us": 5, "shown_step": 2}
    again.say(type="resend", inputs=[{**lost, "seq": 1, "held": ["ArrowLeft"], "applied_step": 5}], last_step=4)
    again.say(type="resume", countdown_ms=0)
    again.ticks(1)
    again.input("down", ["ArrowLeft"], seq=2, code="ArrowLeft")
    again.ticks(1)
    assert again.simulation.actions[4:] == [0, 1]
    assert [(event["seq"], event["applied_step"]) for event in again.journal.events("down")] == [(1, None), (2, 5)]


def test_re_sent_inputs_are_taken_in_their_order_whatever_they_did() -> None:
    """LIVE-30, LIVE-36: a key-up that did nothing comes after a move that was lost, and the count does not go back."""
    again = Table(StartPoint(EPISODE, 2, 3, "boot", started=True), tick_hz=None)
    again.connect()
    common = {"type": "input", "key": "k", "client_us": 5, "shown_step": 0, "held": []}
    inputs = [
        {**common, "seq": 1, "kind": "down", "code": "Digit1", "applied_step": 0},
        {**common, "seq": 2, "kind": "down", "code": "Digit3", "applied_step": 0},
        {**common, "seq": 3, "kind": "up", "code": "Digit3", "applied_step": None},
    ]
    again.say(type="resend", inputs=inputs, last_step=1)
    again.say(type="resume", countdown_ms=0)
    assert again.simulation.actions == [2]
    again.input("down", [], seq=4, code="Digit1")
    assert not again.client.is_closed
    recorded = [e["seq"] for e in again.journal.of(RecordKind.EVENT) if "seq" in e]
    assert recorded == [1, 2, 3, 4]


def test_a_half_made_move_survives_a_rebuild() -> None:
    """LIVE-35."""
    again = Table(
        StartPoint(EPISODE, 2, 3, "boot", started=True, unfinished=(Press("Digit1", None, None),)), tick_hz=None
    )
    client = again.connect()
    assert client.newest(Pending).codes == ("Digit1",)
    again.say(type="resume", countdown_ms=0)
    again.input("down", ["Digit2"], code="Digit2")
    assert again.simulation.actions == [1]
