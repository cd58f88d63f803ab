"""A seat's sockets: how many there may be, and when they are read."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from pathlib import Path

from tests.sessions.live_session import new_spec, open_house

from skill_arcade.wire.from_server import Ended, State


def went_without_a_close(client: socket.socket) -> bool:
    client.settimeout(0)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


def test_of_sockets_that_say_nothing_only_the_newest_are_kept_and_the_game_goes_on(tmp_path: Path) -> None:
    """LIVE-26: at most 16, of which the player has one; the oldest others go."""
    asyncio.run(_leave_many_sockets(tmp_path))


async def _leave_many_sockets(folder: Path) -> None:
    async with open_house(folder) as house:
        spec = new_spec("Breakout.v0")
        async with house.player(spec) as player:
            with ExitStack() as clients:
                player.say(type="start")
                await player.until(lambda: player.step > 0)
                idle = [clients.enter_context(house.leave_socket(spec)) for _ in range(18)]
                player.press("ArrowLeft")
                await player.until(lambda: player.frames[-1].input_seq == 1)
                # A tick comes after a look at the doorstep, where one socket is taken at a time.
                step = player.step
                await player.until(lambda: player.step > step + len(idle))
                assert [went_without_a_close(each) for each in idle] == 3 * [True] + 15 * [False]


def test_who_plays_is_heard_at_ticks_and_who_pauses_at_once(tmp_path: Path) -> None:
    """LIVE-20, LIVE-34: an input, a pause, a resume and a quit, each in the state that the one before has led to."""
    asyncio.run(_press_pause_resume_and_quit(tmp_path))


async def _press_pause_resume_and_quit(folder: Path) -> None:
    async with open_house(folder) as house, house.player(new_spec("Breakout.v0")) as player:
        player.say(type="start")
        await player.until(lambda: player.step > 3)
        player.press("ArrowLeft")
        await player.until(lambda: player.frames[-1].input_seq == 1)
        for kind, state in (("pause", "paused"), ("resume", "running")):
            player.say(type=kind, **({"countdown_ms": 0} if kind == "resume" else {"reason": "player"}))
            await player.until(lambda state=state: player.newest(State).state == state)
        player.press("ArrowRight")
        await player.until(lambda: player.frames[-1].input_seq == 2)
        player.say(type="quit")
        await player.until(lambda: player.newest(Ended) is not None)
