"""The parts of a player that touch no socket: hands, inputs, pings, the way back, messages on the wire."""

from __future__ import annotations

import struct
import time
from itertools import islice
from random import Random

import pytest
from websockets.frames import Opcode
from websockets.protocol import OPEN, SERVER, Protocol

from skill_arcade.bench.crowd.connection import read_stamp_us
from skill_arcade.bench.crowd.event_loop import EventLoop, read_us
from skill_arcade.bench.crowd.hands import FRAME_S, FREE_FRAMES, HELD_FRAMES, play_keys
from skill_arcade.bench.crowd.http_call import Answer, parse_answer
from skill_arcade.bench.crowd.inputs import Inputs
from skill_arcade.bench.crowd.pings import N_BURST, Pings
from skill_arcade.bench.crowd.play_socket import TEXT, mask_nothing
from skill_arcade.bench.crowd.tickets import compute_back_off_s
from skill_arcade.wire.from_client import ClockSample, Input
from skill_arcade.wire.from_server import Pong

KEYS = ("ArrowLeft", "ArrowRight", "Space")


def test_hands_tell_the_whole_key_state_and_hold_keys_as_people_do_live_32() -> None:
    held: tuple[str, ...] = ()
    for stroke in islice(play_keys(KEYS, Random(1)), 500):
        is_down = stroke.kind == "down"
        held = (*held, stroke.code) if is_down else tuple(code for code in held if code != stroke.code)
        assert stroke.held == held
        shortest, longest = FREE_FRAMES if not held else HELD_FRAMES
        # Of two keys the second goes up right before the first.
        assert (not is_down and len(held) == 1) or shortest <= stroke.wait_s / FRAME_S <= longest + 1


def test_inputs_are_known_by_pictures_and_the_others_are_sent_again_live_30_live_36() -> None:
    inputs = Inputs()
    made = [inputs.make("down", "Space", ("Space",), step, 1000 * step) for step in range(4)]
    assert [each.seq for each in made] == [1, 2, 3, 4]
    assert inputs.learn(2, 5000) == [5000, 4000]
    (resend,) = inputs.take_welcome(3, 7)
    assert [(each.seq, each.applied_step) for each in resend.inputs] == [(4, None)]
    assert resend.last_step == 7
    assert inputs.learn(4, 9000) == []  # how long it took tells of the loss, not of the game
    assert inputs.make("sync", None, (), 8, 9000).seq == 5


def test_a_return_without_losses_is_told_as_well_live_36() -> None:
    assert [resend.inputs for resend in Inputs().take_welcome(12, 5)] == [()]


def test_numbers_that_another_page_used_are_not_used_again_live_30() -> None:
    inputs = Inputs()
    inputs.take_welcome(12, 5)
    assert inputs.make("down", "Space", ("Space",), 5, 0).seq == 13


def test_many_lost_inputs_go_in_several_messages_live_36() -> None:
    inputs = Inputs()
    for _ in range(61):
        inputs.make("sync", None, (), 0, 0)
    assert [len(resend.inputs) for resend in inputs.take_welcome(0, 0)] == [60, 1]


def test_the_best_ping_of_the_burst_is_told_and_one_in_ten_of_the_others_live_50() -> None:
    pings, told = Pings(), list[ClockSample]()
    for number in range(1, 2 * N_BURST + 1):
        assert (pings.wait_s > 1) is (number > N_BURST)
        ping = pings.ask(1000)
        trip_us = 100 if number == 7 else 500
        sample = pings.take(Pong(id=ping.id, client_us=1000, t1_server_us=1, t2_server_us=2), 1000 + trip_us)
        told += [] if sample is None else [sample]
    assert [each.t3_client_us for each in told] == [1100, 1500, 1500]


def test_the_way_back_waits_twice_as_long_each_time_live_70() -> None:
    assert [compute_back_off_s(attempt) for attempt in range(7)] == [0.2, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]


@pytest.mark.parametrize("size", [0, 125, 126, 16_384])
def test_messages_are_masked_as_a_server_wants_them(size: int) -> None:
    protocol = Protocol(SERVER, state=OPEN)
    protocol.receive_data(mask_nothing(TEXT, b"x" * size))
    (frame,) = protocol.events_received()
    assert (frame.opcode, bytes(frame.data)) == (Opcode.TEXT, b"x" * size)  # type: ignore[union-attr]


def test_an_answer_is_read_whole_or_not_at_all() -> None:
    received = b'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 22\r\n\r\n{"code":"at_capacity"}'
    assert parse_answer(received) == Answer(503, 7.0, {"code": "at_capacity"})
    assert parse_answer(received).code == "at_capacity"
    assert parse_answer(received[:-1]) == parse_answer(b"") == Answer()


def test_a_time_of_the_kernel_becomes_one_of_ours() -> None:
    before_us = read_us()
    now_ns = time.time_ns()
    stamped_us = read_stamp_us(struct.pack("qq", now_ns // 10**9, now_ns % 10**9))
    assert before_us - 1 <= stamped_us <= read_us() + 1


def test_the_loop_calls_timers_in_their_order_and_none_that_was_cancelled() -> None:
    loop, called = EventLoop(), list[str]()
    now_us = read_us()
    loop.call_at(now_us + 2, lambda: called.append("second"))
    loop.call_at(now_us + 1, lambda: called.append("never")).cancel()
    loop.call_at(now_us + 2, lambda: called.append("third"))
    loop.call_at(now_us + 1, lambda: called.append("first"))
    loop.run(lambda: len(called) == 3)
    loop.close()
    assert called == ["first", "second", "third"]


def test_an_input_holds_what_the_protocol_asks_for_live_31() -> None:
    message = Inputs().make("up", "Space", (), 3, 4)
    assert message == Input(seq=1, kind="up", client_us=4, shown_step=3, held=(), code="Space", key="Space")
