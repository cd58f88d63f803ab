"""First the journal, then the client: which pictures it is sent, and what a full disk changes (LIVE-19)."""

from __future__ import annotations

from tests.sessions.fakes import S, Table

from skill_arcade.recorder.records import RecordKind
from skill_arcade.wire.from_server import Notice, Welcome


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


def test_whoever_comes_while_the_disk_is_full_is_told_so_too() -> None:
    """LIVE-6, LIVE-21: the notice was sent once, and not to them."""
    table = Table()
    table.begin()
    table.journal.is_full = True
    table.ticks(2)
    client = table.connect()
    assert client.newest(Notice).code == "storage_full"
    table.journal.is_full = False
    table.pass_time(2 * S)
    assert client.newest(Notice).code == "storage_ok"
    assert not [each for each in table.connect().messages if isinstance(each, Notice)]


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
