"""Sound in a session: asked for, after its picture, never at a picture's cost."""

from __future__ import annotations

from typing import Any

from tests.sessions.fakes import ListeningConnection, Table
from typing_extensions import override

from skill_arcade.domain.sound import SoundFormat
from skill_arcade.recorder.records import RecordKind
from skill_arcade.sessions.play.conversation import Attachment
from skill_arcade.wire.from_server import Welcome
from skill_arcade.wire.sound import KIND_SOUND, parse_sound

TWO_SAMPLES = SoundFormat(rate_hz=120.0, samples_per_step=2)


def samples_of(step: int) -> bytes:
    """What CountingSimulation sounds like in the step that leads to picture `step`."""
    return bytes([step % 100, 128])


def with_sound(**rules: Any) -> Table:
    return Table(sound_format=TWO_SAMPLES, **rules)


class Watchful(ListeningConnection):
    """Keeps pictures and sounds in the order in which they came, and may be slow from some of them on."""

    order: list[str]
    slow_after: str | None = None

    @override
    def send_frame(self, frame: bytes) -> None:
        super().send_frame(frame)
        what = f"sound {parse_sound(frame).step}" if frame[0] == KIND_SOUND else f"picture {self.frames[-1].step}"
        self.order.append(what)
        if what == self.slow_after:
            self.is_congested = True


def attach_watchful(table: Table) -> Watchful:
    """A client that listens."""
    client = table.client = Watchful()
    client.order = []
    table.play.attach(client, Attachment("token"))
    table.say(type="hello", page_load="p", played_by="human", client={}, client_us=1, utc_ms=2, clock_step_us=5)
    table.say(type="sound", on=True)
    table.say(type="start")
    return client


def test_the_welcome_tells_how_to_play_sound_in_step_with_the_pictures() -> None:
    """LIVE-40: two samples fifty times a second, whatever the game's own rate is."""
    sound = with_sound().connect().newest(Welcome).sound
    assert (sound.rate_hz, sound.samples_per_step) == (100.0, 2)


def test_in_a_game_in_turns_sound_has_its_own_rate() -> None:
    """LIVE-40."""
    assert with_sound(tick_hz=None).connect().newest(Welcome).sound.rate_hz == 120.0


def test_nothing_is_heard_until_it_is_asked_for() -> None:
    """LIVE-41."""
    table = with_sound()
    table.begin()
    table.ticks(3)
    assert table.client.sounds == []
    table.say(type="sound", on=True)
    assert table.client.sounds == [], "the newest picture has been shown; its sound is over"
    table.ticks(2)
    assert [(sound.step, sound.samples) for sound in table.client.sounds] == [(4, samples_of(4)), (5, samples_of(5))]
    table.say(type="sound", on=False)
    table.ticks(2)
    assert len(table.client.sounds) == 2


def test_a_client_that_comes_back_has_to_ask_again() -> None:
    """LIVE-41."""
    table = with_sound()
    table.begin()
    table.say(type="sound", on=True)
    table.ticks(2)
    table.connect()
    table.say(type="resume", countdown_ms=0)
    table.ticks(2)
    assert len(table.client.frames) == 3
    assert table.client.sounds == []


def test_every_picture_goes_before_its_sound() -> None:
    """LIVE-42."""
    table = with_sound()
    client = attach_watchful(table)
    table.ticks(2)
    assert client.order == ["picture 0", "picture 1", "sound 1", "picture 2", "sound 2"]


def test_a_slow_client_loses_sound_before_pictures_and_never_hears_it_late() -> None:
    """LIVE-44: what is not sent with its own picture is gone."""
    table = with_sound()
    client = attach_watchful(table)
    client.slow_after = "picture 2"
    table.ticks(4)
    client.is_congested, client.slow_after = False, None
    table.ticks(1)
    assert client.order == ["picture 0", "picture 1", "sound 1", "picture 2", "picture 5", "sound 5"]
    assert client.sounds[-1].samples == samples_of(5)


def test_the_record_says_when_the_player_could_hear_and_nothing_of_what() -> None:
    """REC-25, LIVE-45: only what changes is an event, and sound itself is not recorded."""
    table = with_sound()
    table.begin()
    table.ticks(1)
    for on in (True, True, False):
        table.say(type="sound", on=on)
    table.ticks(1)
    assert [(event["step"], event["detail"]) for event in table.journal.events("sound")] == [
        (1, {"on": True}),
        (1, {"on": False}),
    ]
    silent = Table()
    silent.begin()
    silent.ticks(2)
    played = (RecordKind.STEP, RecordKind.PICTURE)
    with_and_without = ([r for r in t.journal.records if r[0] in played] for t in (table, silent))
    assert next(with_and_without) == next(with_and_without)


def test_asking_a_silent_game_for_sound_is_passed_over() -> None:
    """LIVE-41."""
    table = Table()
    table.begin()
    table.say(type="sound", on=True)
    table.ticks(2)
    assert table.client.newest(Welcome).sound is None
    assert table.client.sounds == []
    assert table.journal.events("sound") == []
    assert not table.client.is_closed
