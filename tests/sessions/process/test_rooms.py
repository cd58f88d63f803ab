"""Several seats in one process: who shares it, who comes and goes, what one death costs."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import pytest
from tests.sessions.live_session import House, Player, new_spec, open_house

from skill_arcade.dataset.verify import verify_journal
from skill_arcade.domain.episode import Verification
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.sessions.process import template
from skill_arcade.sessions.spec import SessionLimits, SessionSpec

BREAKOUT = "Breakout.v0"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def pids(house: House) -> dict[str, int]:
    return {each.episode_id: each.pid for each in await house.status()}


async def fill_stock(house: House) -> None:
    """Let the template of Breakout open all its environments: begin until two sessions share a process."""
    async with asyncio.timeout(60):
        while True:
            for _ in range(2):
                await house.control.ensure(new_spec(BREAKOUT))
            processes = list((await pids(house)).values())
            if len(set(processes)) < len(processes):
                return
            await asyncio.sleep(0.1)


async def gone(house: House, process: int) -> None:
    """Until the supervisor has seen that a process is no more."""
    async with asyncio.timeout(30):
        while process in (await pids(house)).values():
            await asyncio.sleep(0.01)


async def begin(stack: AsyncExitStack, house: House, spec: SessionSpec) -> Player:
    player = await stack.enter_async_context(house.player(spec))
    player.say(type="start")
    await player.until(lambda: player.step > 0)
    return player


def test_atari_sessions_share_a_process_and_each_has_a_record_of_its_own(tmp_path: Path) -> None:
    specs = [new_spec(BREAKOUT) for _ in range(3)]

    async def scenario() -> None:
        async with open_house(tmp_path) as house, AsyncExitStack() as stack:
            await fill_stock(house)
            players = [await begin(stack, house, spec) for spec in specs]
            processes = await pids(house)
            assert len({processes[str(spec.episode_id)] for spec in specs}) == 1
            players[1].press("ArrowLeft")
            for player in players:
                await player.until(lambda p=player: p.step >= 90)
                player.say(type="quit")
                await player.until(lambda p=player: p.closed is not None)

    asyncio.run(scenario())
    journals = [read_episode_journal(tmp_path / "journal" / str(spec.episode_id)) for spec in specs]
    for journal in journals:
        assert journal.end is not None
        assert journal.damage == ()
        assert [step.step for step in journal.steps] == list(range(journal.n_steps))
    first, moved, third = ([step.action for step in journal.steps][:90] for journal in journals)
    assert set(first) == set(third) == {0}
    assert len(set(moved)) > 1


def test_a_game_that_is_not_known_to_be_quick_has_a_process_of_its_own(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path) as house:
            for _ in range(4):
                await house.control.ensure(new_spec("Hanoi.v0"))
            assert len(set((await pids(house)).values())) == 4

    asyncio.run(scenario())


def test_who_leaves_makes_room_and_an_empty_room_ends(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path) as house, AsyncExitStack() as stack:
            await fill_stock(house)
            spec = new_spec(BREAKOUT)
            player = await begin(stack, house, spec)
            process = (await pids(house))[str(spec.episode_id)]
            player.say(type="quit")
            await player.until(lambda: player.closed is not None)
            others = [new_spec(BREAKOUT) for _ in range(template.MAX_SEATS)]
            for other in others:
                await house.control.ensure(other)
            now = await pids(house)
            assert process in [now[str(other.episode_id)] for other in others]
            assert max(list(now.values()).count(each) for each in now.values()) <= template.MAX_SEATS

    asyncio.run(scenario())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_of_a_room_that_dies_or_hangs_every_episode_goes_on(tmp_path: Path, how: signal.Signals) -> None:
    """REC-32, LIVE-23: nobody loses a step that was shown, and nobody is blamed."""
    specs = [new_spec(BREAKOUT) for _ in range(3)]
    seen: dict[UUID, int] = {}

    async def scenario() -> None:
        async with open_house(tmp_path, limits=SessionLimits(hang_s=1.5)) as house, AsyncExitStack() as stack:
            await fill_stock(house)
            players = [await begin(stack, house, spec) for spec in specs]
            for player in players:
                await player.until(lambda p=player: p.step >= 30)
            process = (await pids(house))[str(specs[0].episode_id)]
            os.kill(process, how)
            for spec, player in zip(specs, players, strict=True):
                await player.until(lambda p=player: p.closed is not None)
                seen[spec.episode_id] = player.step
            await gone(house, process)
            for spec in specs:
                again = await stack.enter_async_context(house.player(SessionSpec(spec.episode_id, None)))
                again.say(type="resume", countdown_ms=0)
                await again.until(lambda p=again, s=spec: p.step > seen[s.episode_id] + 5)
                again.say(type="quit")
                await again.until(lambda p=again: p.closed is not None)

    asyncio.run(scenario())
    for spec in specs:
        journal = read_episode_journal(tmp_path / "journal" / str(spec.episode_id))
        assert journal.n_steps > seen[spec.episode_id]
        assert (journal.damage, len(journal.adopted)) == ((), 2)


def test_the_stand_by_of_a_room_takes_its_episodes_over(tmp_path: Path) -> None:
    """They are in one process again, which had made all older steps before; it has a stand-by in its turn."""
    specs = [new_spec(BREAKOUT) for _ in range(3)]

    async def go_on(stack: AsyncExitStack, house: House) -> dict[UUID, Player]:
        players = {}
        for spec in specs:
            player = await stack.enter_async_context(house.player(SessionSpec(spec.episode_id, None)))
            player.say(type="resume", countdown_ms=0)
            await player.until(lambda p=player: p.step > 0)
            players[spec.episode_id] = player
        return players

    async def scenario() -> None:
        async with open_house(tmp_path, SessionLimits(stand_by_s=0.5)) as house, AsyncExitStack() as stack:
            await fill_stock(house)
            players = {spec.episode_id: await begin(stack, house, spec) for spec in specs}
            for _ in range(2):
                reached = {episode: player.step + 90 for episode, player in players.items()}
                for episode, player in players.items():
                    await player.until(lambda p=player, n=reached[episode]: p.step >= n)
                process = (await pids(house))[str(specs[0].episode_id)]
                os.kill(process, signal.SIGKILL)
                for player in players.values():
                    await player.until(lambda p=player: p.is_gone)
                await gone(house, process)
                players = await go_on(stack, house)
                now = await pids(house)
                heirs = {now[str(spec.episode_id)] for spec in specs}
                assert len(heirs) == 1
                assert process not in heirs
            for player in players.values():
                player.say(type="quit")
                await player.until(lambda p=player: p.closed is not None)

    asyncio.run(scenario())
    for spec in specs:
        folder = tmp_path / "journal" / str(spec.episode_id)
        journal = read_episode_journal(folder)
        assert (journal.damage, len(journal.adopted), journal.end is not None) == ((), 3, True)
        assert verify_journal(folder).verification is Verification.VERIFIED
