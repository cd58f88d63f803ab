"""The session, by the rules of LIVE.md."""

from __future__ import annotations

import json

import pytest
from tests.sessions.fakes import MS, TICK_NS, ListeningConnection, ManualClock, S, Table

from skill_arcade.recorder.records import RecordKind
from skill_arcade.sessions.play.conversation import Attachment, Safety
from skill_arcade.sessions.play.stage import Press, StartPoint
from skill_arcade.wire.closes import Close
from skill_arcade.wire.frame import FrameFlag
from skill_arcade.wire.from_server import Ended, Notice, Pending, Pong, Safe, State, Welcome

EPISODE = "6f1f0a5e-2f0c-4c3e-9f55-0d1b3c7a9e10"


def test_hello_is_answered_by_welcome_key_picture_and_state() -> None:
    """LIVE-6, LIVE-19."""
    table = Table()
    client = table.connect()
    assert [type(m) for m in client.messages] == [Welcome, State]
    assert (client.frames[0].step, client.frames[0].is_key) == (0, True)
    assert client.states == ["ready"]
    assert client.newest(Welcome).resume_token == "token"
    assert client.newest(Welcome).optimum == 7


def test_anything_before_hello_ends_the_socket() -> None:
    """LIVE-6."""
    table = Table()
    client = ListeningConnection()
    table.client = client
    table.play.attach(client, Attachment("token"))
    table.say(type="start")
    assert client.closed is not None
    assert client.closed[0] is Close.NO_HELLO


def test_a_second_hello_is_out_of_order() -> None:
    """LIVE-70."""
    table = Table()
    table.begin()
    table.say(type="hello", page_load="p", played_by="human", client={}, client_us=1, utc_ms=2, clock_step_us=5)
    assert table.client.closed is not None
    assert table.client.closed[0] is Close.OUT_OF_ORDER


def test_nothing_moves_before_start() -> None:
    """LIVE-20."""
    table = Table()
    table.connect()
    table.ticks(10)
    assert table.play.n_steps == 0
    table.say(type="start")
    table.ticks(10)
    assert table.play.n_steps == 10


def test_ticks_come_at_absolute_deadlines() -> None:
    """LIVE-25: lateness of single ticks does not add up."""
    table = Table()
    table.begin(played_by="agent")  # of a person's client something would have to be heard meanwhile
    start_ns = table.clock.now_ns
    for k in range(1, 200):
        table.clock.now_ns = start_ns + k * TICK_NS + (k % 7) * MS
        table.play.wake()
    assert table.play.n_steps == 199
    assert not table.journal.events("stall")


def test_after_a_stall_one_tick_is_caught_up_and_the_stall_is_recorded() -> None:
    """LIVE-25, REC-25."""
    table = Table()
    table.begin()
    table.ticks(5)
    table.clock.now_ns += 10 * TICK_NS
    for _ in range(5):
        table.play.wake()
    assert table.play.n_steps == 6
    (stall,) = table.journal.events("stall")
    assert stall["step"] == 5
    assert stall["detail"]["skipped_ticks"] == 9
    table.ticks(1)
    assert table.play.n_steps == 7


def test_a_picture_is_sent_after_its_step_is_in_the_journal() -> None:
    """LIVE-19, LIVE-61."""
    table = Table()
    client = table.begin()
    seen: list[tuple[int, int]] = []
    send = client.send_frame

    def send_frame(frame: bytes) -> None:
        send(frame)
        seen.append((client.frames[-1].step, len(table.journal.steps)))

    client.send_frame = send_frame  # type: ignore[method-assign]
    table.ticks(5)
    assert seen == [(n, n) for n in range(1, 6)]


def test_a_step_is_written_with_one_write() -> None:
    """REC-15."""
    table = Table()
    table.begin()
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    before = table.journal.n_writes
    table.ticks(1)
    assert table.journal.n_writes == before + 1
    kinds = [kind for kind, _ in table.journal.records[-3:]]
    assert kinds == [RecordKind.EVENT, RecordKind.STEP, RecordKind.PICTURE]


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


def test_inputs_during_a_pause_are_recorded_and_make_no_step() -> None:
    """LIVE-37, REC-24."""
    table = Table()
    table.begin()
    table.say(type="pause", reason="player")
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    (event,) = table.journal.events("down")
    assert event["applied_step"] is None


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


def test_a_second_socket_supersedes_the_first() -> None:
    """LIVE-26."""
    table = Table()
    first = table.begin()
    table.ticks(2)
    second = table.connect()
    assert first.closed is not None
    assert first.closed[0] is Close.SUPERSEDED
    assert second.states == ["paused:disconnected"]
    table.say(type="resume", countdown_ms=0)
    table.ticks(1)
    assert table.play.n_steps == 3


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


def test_an_unattended_episode_is_abandoned() -> None:
    """LIVE-24."""
    table = Table()
    table.begin()
    table.play.detach()
    table.pass_time(3601 * S)
    (end,) = table.journal.of(RecordKind.END)
    assert (end["status"], end["end_reason"]) == ("incomplete", "abandoned")


def test_a_silent_client_is_closed_and_its_game_kept() -> None:
    """LIVE-14."""
    table = Table()
    table.begin()
    table.pass_time(16 * S)
    assert table.client.closed is not None
    assert table.client.closed[0] is Close.SILENT
    assert not table.play.is_over


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
    table.say(type="drawn", steps=[5], at_us=[10])
    table.say(type="start")
    table.pass_time(S)
    assert client.closed is not None
    assert client.closed[0] is Close.ENDED
    assert table.journal.of(RecordKind.DRAWN)[-1]["steps"] == [5]
    assert FrameFlag.TERMINATED in FrameFlag(client.frames[-1].flags)
    (end,) = table.journal.of(RecordKind.END)
    assert (end["n_steps"], end["score"], end["final_hash"]) == (5, 15.0, table.simulation.state_hash())
    assert end["active_time_s"] == pytest.approx(5 / 50)


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


def test_a_full_disk_pauses_and_nothing_is_lost_or_shown_before_it_is_safe() -> None:
    """LIVE-19, LIVE-21, REC-1."""
    table = Table()
    client = table.begin()
    table.ticks(2)
    table.journal.is_full = True
    table.ticks(10)
    assert client.states[-1] == "paused:storage_full"
    assert client.newest(Notice).code == "storage_full"
    assert client.frames[-1].step == 2
    table.say(type="resume", countdown_ms=0)
    table.ticks(10)
    assert client.states[-1] == "paused:storage_full"
    table.journal.is_full = False
    table.pass_time(2 * S)
    assert client.newest(Notice).code == "storage_ok"
    assert client.frames[-1].step == 3
    table.say(type="resume", countdown_ms=0)
    table.ticks(2)
    assert [s.step for s in table.journal.steps] == [0, 1, 2, 3, 4]


def test_a_slow_client_is_sent_fewer_pictures_and_never_a_wrong_one() -> None:
    """LIVE-19, REC-2."""
    table = Table()
    client = table.begin()
    table.ticks(2)
    client.is_congested = True
    table.ticks(5)
    client.is_congested = False
    table.ticks(1)
    assert [f.step for f in client.frames] == [0, 1, 2, 8]
    assert client.frames[-1].base_distance == 6
    assert len([1 for kind, _ in table.journal.records if kind is RecordKind.PICTURE]) == 8


def test_a_key_picture_comes_every_six_hundred_steps() -> None:
    """LIVE-19."""
    table = Table(max_steps=5000)
    client = table.begin()
    for _ in range(13):
        table.say(type="ping", id=1, client_us=1)
        table.ticks(100)
    assert [f.step for f in client.frames if f.is_key] == [0, 600, 1200]


def test_status_comes_with_key_pictures_and_changes_only() -> None:
    """LIVE-16."""
    table = Table()
    client = table.begin()
    table.ticks(2)
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    table.ticks(1)
    assert [f.score for f in client.frames] == [0.0, None, None, 1.0]


def test_an_invalid_move_is_a_step_and_marked() -> None:
    """LIVE-15, REC-20."""
    table = Table()
    client = table.begin()
    table.input("down", ["Space"], code="Space")
    table.ticks(1)
    assert FrameFlag.INVALID in FrameFlag(client.frames[-1].flags)
    assert table.journal.steps[-1].invalid


def test_state_hashes_come_every_sixty_steps_and_at_the_end() -> None:
    """REC-23."""
    table = Table(ends_after=130)
    table.begin()
    table.ticks(130)
    assert [s.step for s in table.journal.steps if s.state_hash] == [59, 119, 129]


def test_ping_is_answered_with_both_server_times() -> None:
    """LIVE-50."""
    table = Table()
    client = table.connect()
    table.say(type="ping", id=9, client_us=77)
    pong = client.newest(Pong)
    assert (pong.id, pong.client_us, pong.t1_server_us) == (9, 77, table.clock.now_ns // 1000)
    assert pong.t2_server_us >= pong.t1_server_us


def test_clock_samples_are_stored_as_four_times() -> None:
    """LIVE-51, REC-27."""
    table = Table()
    table.connect()
    table.say(type="clock", t0_client_us=1, t1_server_us=2, t2_server_us=3, t3_client_us=4)
    (sample,) = table.journal.of(RecordKind.CLOCK)
    assert [sample[k] for k in ("t0_client_us", "t1_server_us", "t2_server_us", "t3_client_us")] == [1, 2, 3, 4]
    assert sample["clock_step_us"] == 5


def test_drawn_reports_are_stored_and_those_of_pictures_that_are_not_there_skipped() -> None:
    """LIVE-52, REC-26."""
    table = Table()
    table.begin()
    table.ticks(2)
    table.say(type="drawn", steps=[0, 1], at_us=[10, 20])
    table.ticks(1)
    (drawn,) = table.journal.of(RecordKind.DRAWN)
    assert (drawn["steps"], drawn["at_us"]) == ([0, 1], [10, 20])
    table.say(type="drawn", steps=[3, 4], at_us=[30, 40])
    table.ticks(1)
    assert table.journal.of(RecordKind.DRAWN)[-1]["steps"] == [3]
    assert not table.client.is_closed


def test_safety_is_told_when_it_changes_and_not_too_often() -> None:
    """LIVE-60."""
    table = Table()
    client = table.begin()
    table.ticks(20)
    table.safety.value = Safety(durable_here=15)
    table.ticks(30)
    (safe,) = [m for m in client.messages if isinstance(m, Safe)]
    assert safe.durable_here == 15
    assert safe.acked >= 15


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
    """LIVE-36: the client saw 10 steps, the record here has 4; it held LEFT from step 5 to 7."""
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


def test_a_stopping_server_tells_its_client_to_come_back() -> None:
    """LIVE-70."""
    table = Table()
    table.begin()
    table.ticks(2)
    table.play.suspend()
    assert table.client.closed is not None
    assert table.client.closed[0] is Close.RESTARTING
    assert [e["kind"] for e in table.journal.of(RecordKind.EVENT)][-2:] == ["detach", "pause"]
    assert not table.journal.of(RecordKind.END)


def test_a_full_disk_stops_a_countdown_and_a_start() -> None:
    """LIVE-19, LIVE-60, REC-1: no step is made that cannot be written."""
    table = Table()
    client = table.begin()
    table.ticks(2)
    table.say(type="pause", reason="player")
    table.say(type="resume", countdown_ms=1000)
    table.journal.is_full = True
    table.say(type="clock", t0_client_us=1, t1_server_us=2, t2_server_us=3, t3_client_us=4)
    table.pass_time(5 * S)
    assert client.states[-1] == "paused:storage_full"
    assert table.play.n_steps == 2

    fresh = Table()
    fresh.connect()
    fresh.journal.is_full = True
    fresh.say(type="clock", t0_client_us=1, t1_server_us=2, t2_server_us=3, t3_client_us=4)
    fresh.say(type="start")
    fresh.ticks(10)
    assert fresh.play.n_steps == 0


def test_what_is_acked_is_what_is_in_the_journal() -> None:
    """LIVE-60, REC-5."""
    table = Table()
    table.begin()
    table.ticks(3)
    table.journal.is_full = True
    table.ticks(1)
    client = table.connect()
    assert client.newest(Welcome).step == 3
    assert not client.frames
    table.journal.is_full = False
    table.pass_time(2 * S)
    assert client.frames[-1].step == 4


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


def test_who_plays_does_not_change_within_an_episode() -> None:
    """LIVE-31, REC-41."""
    table = Table()
    table.begin()
    table.play.detach()
    table.connect(played_by="agent")
    assert table.client.closed is not None
    assert table.client.closed[0] is Close.MALFORMED


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
