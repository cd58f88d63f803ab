"""A client's connection from its hello to its close: what it is answered, what it reports, when it has to go."""

from __future__ import annotations

from itertools import pairwise

from tests.sessions.fakes import MS, ListeningConnection, S, Table

from skill_arcade.recorder.records import RecordKind
from skill_arcade.sessions.play.conversation import Attachment, Safety
from skill_arcade.wire.closes import Close
from skill_arcade.wire.from_server import Pong, Safe, State, Welcome


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


def test_who_plays_does_not_change_within_an_episode() -> None:
    """LIVE-31, REC-41."""
    table = Table()
    table.begin()
    table.play.detach()
    table.connect(played_by="agent")
    assert table.client.closed is not None
    assert table.client.closed[0] is Close.MALFORMED


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


def test_a_silent_client_is_closed_and_its_game_kept() -> None:
    """LIVE-14."""
    table = Table()
    table.begin()
    table.pass_time(16 * S)
    assert table.client.closed is not None
    assert table.client.closed[0] is Close.SILENT
    assert not table.play.is_over


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


def test_safety_is_told_once_when_it_has_changed() -> None:
    """LIVE-60."""
    table = Table()
    client = table.begin()
    table.ticks(20)
    table.safety.value = Safety(durable_here=15)
    table.ticks(30)
    (safe,) = [m for m in client.messages if isinstance(m, Safe)]
    assert safe.durable_here == 15
    assert safe.acked >= 15


def test_safety_that_changes_all_the_time_is_told_at_most_four_times_a_second() -> None:
    """LIVE-60: the newest numbers are told all the same, and none goes back."""
    table = Table()
    client = table.begin()
    told: list[Safe] = []
    told_at_ns: list[int] = []
    for n in range(1, 51):  # for a second
        table.safety.value = Safety(durable_here=n, durable_store=n // 2)
        table.ticks(1)
        safe = [m for m in client.messages if isinstance(m, Safe)]
        told_at_ns += [table.clock.now_ns] * (len(safe) - len(told))
        told = safe
    assert 2 <= len(told) <= 4
    assert all(later_ns - earlier_ns >= 250 * MS for earlier_ns, later_ns in pairwise(told_at_ns))
    table.ticks(13)
    told = [m for m in client.messages if isinstance(m, Safe)]
    assert (told[-1].durable_here, told[-1].durable_store) == (50, 25)
    for numbers in ([m.acked for m in told], [m.durable_here for m in told], [m.durable_store for m in told]):
        assert numbers == sorted(numbers)
    assert all(m.acked >= m.durable_here for m in told)
