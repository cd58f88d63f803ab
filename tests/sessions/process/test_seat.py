"""A seat's sockets: how many there may be, and when they are read."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

from tests.sessions.live_session import House, new_spec, open_house

from skill_arcade.sessions.process.doorstep import encode_attachment
from skill_arcade.sessions.process.seat import MAX_SOCKETS
from skill_arcade.sessions.spec import SessionSpec
from skill_arcade.wire.from_server import Ended, State


def leave_socket(house: House, spec: SessionSpec) -> socket.socket:
    """One that says nothing."""
    near, far = socket.socketpair()
    with far, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect(str(house.places.session_socket(spec.episode_id)))
        socket.send_fds(line, [encode_attachment("t")], [far.fileno()])
    return near


def test_of_sockets_that_say_nothing_only_the_newest_are_kept_and_the_game_goes_on(tmp_path: Path) -> None:
    """LIVE-26."""
    asyncio.run(_leave_many_sockets(tmp_path))


async def _leave_many_sockets(folder: Path) -> None:
    async with open_house(folder) as house:
        spec = new_spec("Breakout.v0")
        async with house.player(spec) as player:
            player.say(type="start")
            await player.until(lambda: player.step > 0)
            idle = [leave_socket(house, spec) for _ in range(MAX_SOCKETS + 4)]
            first, last = idle[0], idle[-1]
            first.settimeout(20)
            assert await asyncio.to_thread(first.recv, 1) == b""
            step = player.step
            await player.until(lambda: player.step > step + 10)
            last.settimeout(0)
            with contextlib.suppress(BlockingIOError):
                assert last.recv(1), "the newest was closed"
            for each in idle:
                each.close()


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
