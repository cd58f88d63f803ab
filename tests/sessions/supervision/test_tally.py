"""What a supervisor knows of its sessions, for whoever watches the server."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from uuid import uuid4

import pytest
from tests.sessions.live_session import House, Player, new_spec, open_house, until

from skill_arcade.sessions.play.punctuality import Punctuality
from skill_arcade.sessions.spec import SessionSpec
from skill_arcade.sessions.supervision.control import NoRoom, SessionFailed
from skill_arcade.sessions.supervision.session import Session
from skill_arcade.sessions.supervision.status import SupervisionStatus
from skill_arcade.sessions.supervision.tally import ENDINGS, Tally
from skill_arcade.wire.from_server import Ended, Welcome


def describe(house: House) -> SupervisionStatus:
    return house.supervisor._sessions.describe()


async def play(player: Player, n_steps: int) -> None:
    player.say(type="start")
    await player.until(lambda: player.step >= n_steps)


def test_sessions_are_counted_by_the_pacing_of_their_games_and_by_whether_somebody_is_there(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path) as house:
            await house.control.ensure(new_spec("Hanoi.v0"))
            async with house.player(new_spec("Breakout.v0")) as player:
                await play(player, 3)
                await until(lambda: describe(house).n_sessions == {"starting": 0, "realtime": 1, "turn": 1})
                await until(lambda: describe(house).n_attached == 1)
            assert describe(house).n_started == {"new": 2, "resumed": 0}

    asyncio.run(scenario())


def test_every_tick_of_an_episode_is_counted_once_and_stays_counted_when_its_session_ends(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path) as house:
            n_steps = 0
            for _ in range(2):
                async with house.player(new_spec("Breakout.v0")) as player:
                    await play(player, 70)
                    player.say(type="quit")
                    await player.until(lambda p=player: p.closed is not None)
                    n_steps += player.newest(Ended).n_steps
            await until(lambda: sum(describe(house).n_sessions.values()) == 0)
            assert sum(describe(house).punctuality.n_ticks) == n_steps >= 2 * 70
            assert describe(house).punctuality.late_ns > 0
            assert describe(house).n_deaths == {"starting": 0, "playing": 0, "hung": 0}

    asyncio.run(scenario())


def test_a_session_that_is_killed_and_resumed_is_a_death_and_a_resumption_and_takes_no_counts_away(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        spec = new_spec("CartPole.v1")
        async with open_house(tmp_path) as house:
            async with house.player(spec) as player:
                await play(player, 5)
                await until(lambda: sum(describe(house).punctuality.n_ticks) > 0)
                counted = describe(house).punctuality
                (process,) = (await house.pids()).values()
                os.kill(process, signal.SIGKILL)
                await house.until_gone(process)
            assert sum(describe(house).punctuality.n_ticks) >= sum(counted.n_ticks)
            assert describe(house).n_deaths == {"starting": 0, "playing": 1, "hung": 0}
            async with house.player(SessionSpec(spec.episode_id, None)):
                assert describe(house).n_started == {"new": 1, "resumed": 1}
            assert sum(describe(house).punctuality.n_ticks) >= sum(counted.n_ticks)

    asyncio.run(scenario())


def test_in_turns_nothing_is_late(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path) as house, house.player(new_spec("Hanoi.v0")) as player:
            player.say(type="start")
            player.press("Digit1")
            await until(lambda: describe(house).n_sessions["turn"] == 1)
            assert describe(house).punctuality == Punctuality()

    asyncio.run(scenario())


def test_whoever_finds_no_place_is_counted_as_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path, max_sessions=1) as house:
            await house.control.ensure(new_spec("Hanoi.v0"))
            refused = await asyncio.to_thread(house.control.admit, uuid4(), uuid4())
            assert not refused.may_start
            with pytest.raises(NoRoom):
                await house.control.ensure(new_spec("Hanoi.v0"))
            admission = describe(house).admission
            assert (admission.max_sessions, admission.n_promised, admission.has_room) == (1, 0, False)
            assert admission.n_refused == {"full": 2, "busy": 0}

    asyncio.run(scenario())


def test_each_socket_of_a_player_counts_once_by_how_it_ended(tmp_path: Path) -> None:
    """LIVE-70."""

    def count(house: House) -> dict[str, int]:
        return {ending: n for ending, n in describe(house).n_closed.items() if n}

    async def scenario() -> None:
        async with open_house(tmp_path) as house:
            spec = new_spec("Hanoi.v0")
            async with house.player(spec) as first:
                await first.until(lambda: first.newest(Welcome) is not None)
                async with house.player(spec) as second:
                    await first.until(lambda: first.closed is not None)  # superseded
                    await second.until(lambda: second.newest(Welcome) is not None)
                # The second went without a word.
                await until(lambda: count(house) == {"none": 1, "4409": 1})
            async with house.player(SessionSpec(spec.episode_id, None)) as third:
                third.say(type="quit")
                await third.until(lambda: third.closed is not None)
            await until(lambda: sum(describe(house).n_sessions.values()) == 0)
            assert count(house) == {"1000": 1, "none": 1, "4409": 1}

    asyncio.run(scenario())


def test_closes_of_sessions_that_are_and_were_add_up_and_codes_that_are_not_ours_are_one() -> None:
    async def scenario() -> None:
        tally, ended, running = Tally(), Session(uuid4()), Session(uuid4())
        ended.hear({"over": "ended", "n_steps": 5, "ticks": None, "closed": {"1000": 1, "none": 2}})
        running.hear({"beat": 5, "alone_s": None, "ticks": None, "closed": {"none": 1, "3999": 1, "4000": 1}})
        tally.keep(ended)
        n_closed = tally.sum_closed([running])
        assert {code: n for code, n in n_closed.items() if n} == {"1000": 1, "none": 3, "other": 2}
        assert tuple(n_closed) == ENDINGS

    asyncio.run(scenario())


def test_an_episode_that_is_not_there_is_neither_a_start_nor_a_death(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path) as house:
            with pytest.raises(SessionFailed):
                await house.control.ensure(SessionSpec(new_spec("Hanoi.v0").episode_id, None))
            assert describe(house).n_started == {"new": 0, "resumed": 0}
            assert sum(describe(house).n_deaths.values()) == 0

    asyncio.run(scenario())
