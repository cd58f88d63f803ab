"""What a client owes the server that takes its game over: another machine, which may have less of it."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest
from tests.client.said import WELCOME, picture, state, welcome

from skill_arcade.client.progress import Progress
from skill_arcade.wire.from_client import Resend
from skill_arcade.wire.from_server import Safe


def play_to_100() -> Progress:
    """A game at picture 100 in which input 1 acted in step 79 and input 2 in step 99, and whose line is lost."""
    progress = Progress()
    assert progress.take_welcome(WELCOME) == []
    progress.take_frame(picture(0))
    progress.take_state(state("running", 0))
    for code in ("KeyA", "KeyB"):
        progress.make_input(0, kind="down", code=code, key=code)
    progress.take_frame(picture(80, 1))
    progress.take_frame(picture(100, 2))
    progress.lose_line()
    return progress


def offered(resends: list[Resend]) -> tuple[int, list[tuple[int, int | None]]]:
    """The newest picture, and number and step of each input."""
    inputs = [(each.seq, each.applied_step) for resend in resends for each in resend.inputs]
    return resends[0].last_step, inputs


def test_steps_that_the_next_server_has_not_are_offered_with_their_inputs() -> None:
    """LIVE-36."""
    assert offered(play_to_100().take_welcome(welcome(60, 0))) == (100, [(1, 79), (2, 99)])


def test_they_are_offered_again_as_long_as_the_game_has_not_gone_on() -> None:
    """LIVE-36."""
    progress = play_to_100()
    progress.take_welcome(welcome(60, 0))
    progress.take_frame(picture(60))
    progress.take_state(state("paused", 60))
    progress.make_input(0, kind="down", code="KeyC", key="c")
    progress.lose_line()
    assert offered(progress.take_welcome(welcome(60, 0))) == (100, [(1, 79), (2, 99), (3, None)])


def test_steps_that_could_not_be_made_again_are_never_offered_again() -> None:
    """LIVE-36: their inputs are recorded, and made none."""
    progress = play_to_100()
    progress.take_welcome(welcome(60, 0))
    progress.take_frame(picture(60))
    progress.take_state(state("running", 60))
    progress.take_frame(picture(61, 2))
    progress.lose_line()
    assert offered(progress.take_welcome(welcome(60, 0))) == (61, [(1, None), (2, None)])


def test_a_number_that_goes_back_with_the_server_makes_nobody_forget_what_is_needed() -> None:
    """LIVE-36, LIVE-60."""
    progress = play_to_100()
    progress.take_safe(Safe(acked=100, durable_here=100, durable_store=80))
    progress.take_welcome(welcome(80, 1))
    progress.take_safe(Safe(acked=80, durable_here=80, durable_store=0))
    assert offered(progress.take_welcome(welcome(80, 1))) == (100, [(2, 99)])


def test_a_client_that_came_after_the_newest_input_in_the_store_says_nothing_of_steps() -> None:
    """LIVE-30, LIVE-36."""
    progress = Progress()
    progress.take_welcome(welcome(1000, 50))
    progress.take_frame(picture(1000, 50))
    progress.take_state(state("running", 1000))
    progress.make_input(0, kind="down", code="KeyA", key="a")
    progress.take_frame(picture(1001, 51))
    progress.lose_line()
    assert offered(progress.take_welcome(welcome(900, 45))) == (900, [(46, None)])
    assert progress.make_input(0, kind="up", code="KeyA", key="a").seq == 47


def test_numbers_that_somebody_else_used_are_not_offered() -> None:
    """LIVE-26, LIVE-30."""
    progress = play_to_100()
    assert offered(progress.take_welcome(welcome(500, 20))) == (500, [])
    assert progress.make_input(0, kind="up", code="KeyA", key="a").seq == 21


def test_what_is_done_while_inputs_are_sent_again_is_sent_with_them() -> None:
    """LIVE-30, LIVE-36."""
    progress = play_to_100()
    progress.take_welcome(welcome(100, 2))
    assert progress.more_resends() == []
    progress.make_input(0, kind="down", code="KeyC", key="c")
    assert offered(progress.more_resends()) == (100, [(3, None)])
    assert progress.more_resends() == []


@pytest.mark.parametrize(("mode", "step"), [("realtime", None), ("turn", 10)])
def test_a_key_that_no_picture_had_shown_when_the_game_stopped_acts_later_in_turns_alone(
    mode: Literal["realtime", "turn"], step: int | None
) -> None:
    """LIVE-35, LIVE-36: there it may be the first of several."""
    progress = Progress()
    pacing = msgspec.structs.replace(WELCOME.pacing, mode=mode)
    progress.take_welcome(msgspec.structs.replace(WELCOME, step=10, pacing=pacing))
    progress.take_frame(picture(10))
    progress.take_state(state("running", 10))
    progress.make_input(0, kind="down", code="KeyA", key="a")
    progress.take_state(state("paused", 10))
    progress.take_state(state("running", 10))
    progress.take_frame(picture(11, 1))
    progress.lose_line()
    assert offered(progress.take_welcome(welcome(10, 0))) == (11, [(1, step)])
