"""A template is kept for what was played last; what it has forked outlives it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.sessions.few_files import few_files
from tests.sessions.live_session import House, Player, new_spec, open_house, read_children, until

from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.sessions.spec import SessionLimits, SessionSpec
from skill_arcade.sessions.supervision.control import SessionFailed


def templates_of(house: House) -> list[int]:
    """The processes that the nursery has forked and that live."""
    pid = house.supervisor.nursery_pid
    assert pid is not None
    return read_children(pid)


async def move(player: Player, keys: str) -> None:
    """Make a move, and wait for its picture."""
    reached = player.step
    for key in keys:
        player.press(f"Digit{key}")
    await player.until(lambda: player.step > reached)


def test_a_template_goes_when_others_are_played_and_its_session_lives_on(tmp_path: Path) -> None:
    specs = [new_spec("Hanoi.v0", discs=discs) for discs in (2, 3, 4, 5)]

    async def scenario() -> None:
        async with open_house(tmp_path, max_templates=2) as house, AsyncExitStack() as stack:
            players: list[Player] = []
            seen: set[int] = set()
            for spec in specs:
                player = await stack.enter_async_context(house.player(spec))
                player.say(type="start")
                await player.until(lambda p=player: p.step >= 0)
                players.append(player)
                await until(lambda: len(templates_of(house)) == min(len(players), 2))
                seen.update(templates_of(house))
            assert len(seen) == len(specs)
            for player in players:
                await move(player, "13")
                await move(player, "12")
            assert len(await house.status()) == len(specs)
            # A game whose template is gone gets a new one.
            async with house.player(new_spec("Hanoi.v0", discs=2)) as again:
                again.say(type="start")
                await again.until(lambda: again.step >= 0)
                await move(again, "13")
            for player in players:
                player.say(type="quit")
                await player.until(lambda p=player: p.closed is not None)

    asyncio.run(scenario())
    for spec in specs:
        journal = read_episode_journal(tmp_path / "journal" / str(spec.episode_id))
        assert (journal.n_steps, journal.damage) == (2, ())


def test_the_template_that_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path, max_templates=2) as house:
            await house.control.ensure(new_spec("Hanoi.v0", discs=2))
            (first,) = templates_of(house)
            await house.control.ensure(new_spec("Hanoi.v0", discs=3))
            (second,) = set(templates_of(house)) - {first}
            await house.control.ensure(new_spec("Hanoi.v0", discs=2))
            await house.control.ensure(new_spec("Hanoi.v0", discs=4))
            await until(lambda: second not in templates_of(house))
            assert first in templates_of(house)

    asyncio.run(scenario())


def test_the_template_that_is_shared_stays(tmp_path: Path) -> None:
    """The stand-bys of all rooms of several seats end with it."""

    async def scenario() -> None:
        async with open_house(tmp_path, max_templates=1) as house:
            await house.control.ensure(new_spec("Breakout.v0"))
            (shared,) = templates_of(house)
            for discs in (2, 3):
                await house.control.ensure(new_spec("Hanoi.v0", discs=discs))
            known = read_children(shared)
            await house.control.ensure(new_spec("Breakout.v0"))
            assert len(read_children(shared)) > len(known)

    asyncio.run(scenario())


@pytest.mark.parametrize("n_free", [0, 1], ids=["no file for the lifeline", "no file for the room"])
def test_a_template_that_cannot_fork_goes_on_and_nobody_is_blamed(tmp_path: Path, n_free: int) -> None:
    """REC-40: the episode had died once in its environment; that no process could be had does not count."""

    async def scenario() -> None:
        async with open_house(tmp_path, SessionLimits(stand_by_s=3600)) as house:
            spec = new_spec("Naughty.v0")
            async with house.player(spec) as player:
                player.say(type="start")
                await player.until(lambda: player.step >= 3)
                (room,) = (await house.pids()).values()
                player.press("KeyD")
                await player.until_gone()
            await house.until_gone(room)
            (template,) = templates_of(house)
            with few_files(template, n_free), pytest.raises(SessionFailed, match="dies whenever it is started"):
                await house.control.ensure(SessionSpec(spec.episode_id, None))
            await house.control.ensure(SessionSpec(spec.episode_id, None))
            assert templates_of(house) == [template]

    asyncio.run(scenario())


@pytest.mark.parametrize("n_free", [0, 1], ids=["no file for the lifeline", "no file for the template"])
def test_a_nursery_that_cannot_fork_goes_on(tmp_path: Path, n_free: int) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path) as house:
            await house.control.ensure(new_spec("Hanoi.v0", discs=2))
            nursery, before = house.supervisor.nursery_pid, templates_of(house)
            assert nursery is not None
            spec = new_spec("Hanoi.v0", discs=3)
            with few_files(nursery, n_free), pytest.raises(SessionFailed, match="dies whenever it is started"):
                await house.control.ensure(spec)
            await house.control.ensure(spec)
            assert house.supervisor.nursery_pid == nursery
            assert set(before) < set(templates_of(house))

    asyncio.run(scenario())
