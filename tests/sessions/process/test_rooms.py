"""Several seats in one process: who shares it, who comes and goes, what one death costs."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from tests.sessions.few_files import count_files, few_files
from tests.sessions.live_session import House, Player, new_spec, open_house, read_children, until

from skill_arcade.dataset.verify import verify_journal
from skill_arcade.domain.episode import Verification
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.sessions.process.door import MAX_SEATS
from skill_arcade.sessions.process.template import choose_phase
from skill_arcade.sessions.spec import SessionLimits, SessionSpec

BREAKOUT, PONG = "Breakout.v0", "Pong.v0"


def has_child(pid: int) -> bool:
    return bool(read_children(pid))


async def begin(stack: AsyncExitStack, house: House, spec: SessionSpec) -> Player:
    player = await stack.enter_async_context(house.player(spec))
    player.say(type="start")
    await player.until(lambda: player.step > 0)
    return player


async def sit_together(stack: AsyncExitStack, house: House, n_players: int) -> tuple[int, dict[UUID, Player]]:
    """Let players begin games of Breakout until so many are in one process; that process and these players.

    The first ones come before the template has opened environments in advance, and have a room of their own.
    """
    players: dict[UUID, Player] = {}
    async with asyncio.timeout(60):
        while True:
            spec = new_spec(BREAKOUT)
            players[spec.episode_id] = await begin(stack, house, spec)
            processes = await house.pids()
            process = processes[str(spec.episode_id)]
            together = {each: player for each, player in players.items() if processes[str(each)] == process}
            if len(together) == n_players:
                return process, together


async def go_on(stack: AsyncExitStack, house: House, episodes: Iterable[UUID]) -> dict[UUID, Player]:
    players = {}
    for episode_id in episodes:
        player = await stack.enter_async_context(house.player(SessionSpec(episode_id, None)))
        player.say(type="resume", countdown_ms=0)
        await player.until(lambda p=player: p.step > 0)
        players[episode_id] = player
    return players


async def quit_all(players: Iterable[Player]) -> None:
    for player in players:
        player.say(type="quit")
        await player.until(lambda p=player: p.closed is not None)


def test_atari_sessions_share_a_process_and_each_has_a_record_of_its_own(tmp_path: Path) -> None:
    async def scenario() -> list[UUID]:
        async with open_house(tmp_path) as house, AsyncExitStack() as stack:
            _, players = await sit_together(stack, house, 3)
            moved = list(players.values())[1]
            moved.press("ArrowLeft")
            for player in players.values():
                await player.until(lambda p=player: p.step >= 120)
            await quit_all(players.values())
            return list(players)

    episodes = asyncio.run(scenario())
    journals = [read_episode_journal(tmp_path / "journal" / str(episode)) for episode in episodes]
    for journal in journals:
        assert journal.end is not None
        assert journal.damage == ()
        assert [step.step for step in journal.steps] == list(range(journal.n_steps))
    first, moved, third = ([step.action for step in journal.steps] for journal in journals)
    assert set(first) == set(third) == {0}
    assert len(set(moved)) > 1


def test_different_games_share_a_process(tmp_path: Path) -> None:
    async def scenario() -> list[UUID]:
        async with open_house(tmp_path) as house, AsyncExitStack() as stack, asyncio.timeout(60):
            # Each first one comes before there are environments of both, and has a room of its own.
            for game in (BREAKOUT, PONG):
                await begin(stack, house, new_spec(game))
            while True:
                specs = [new_spec(game) for game in (BREAKOUT, PONG)]
                players = [await begin(stack, house, spec) for spec in specs]
                processes = await house.pids()
                if len({processes[str(spec.episode_id)] for spec in specs}) == 1:
                    break
            for player in players:
                await player.until(lambda p=player: p.step >= 60)
            await quit_all(players)
            return [spec.episode_id for spec in specs]

    journals = tmp_path / "journal"
    breakout, pong = asyncio.run(scenario())
    for game, episode in (("Breakout", breakout), ("Pong", pong)):
        assert read_episode_journal(journals / str(episode)).provenance["environment"]["env_id"] == f"ALE/{game}-v5"
        assert verify_journal(journals / str(episode)).verification is Verification.VERIFIED


def test_a_game_whose_environments_were_given_up_is_played_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path, max_templates=1) as house, AsyncExitStack() as stack:
            for game in (BREAKOUT, PONG, BREAKOUT):
                await begin(stack, house, new_spec(game))
            assert len(await house.status()) == 3

    asyncio.run(scenario())


def test_rooms_tick_as_far_from_one_another_as_they_can() -> None:
    phases: list[float] = [0.9]
    for _ in range(3):
        phases.append(choose_phase(phases))
    assert sorted(phases) == pytest.approx([0.15, 0.4, 0.65, 0.9])
    assert 0 <= choose_phase([]) < 1


def may_come_first() -> bool:
    """Whether this system gives a program of ours real-time scheduling."""
    asks = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
    return not subprocess.run([sys.executable, "-c", asks], capture_output=True, check=False).returncode


@pytest.mark.skipif(not may_come_first(), reason="needs the right to real-time scheduling: root, or `ulimit -r 1`")
def test_rooms_of_quick_games_come_before_others_and_their_forks_do_not(tmp_path: Path) -> None:
    """Nor does a room of which nothing is known."""

    def policy(process: int) -> int:
        return os.sched_getscheduler(process) & ~os.SCHED_RESET_ON_FORK

    async def scenario() -> None:
        async with open_house(tmp_path, SessionLimits(stand_by_s=0.3)) as house, AsyncExitStack() as stack:
            quick, unknown = new_spec(BREAKOUT), new_spec("Hanoi.v0")
            await begin(stack, house, quick)
            await house.control.ensure(unknown)
            processes = await house.pids()
            room = processes[str(quick.episode_id)]
            assert policy(room) == os.SCHED_RR
            assert policy(processes[str(unknown.episode_id)]) == os.SCHED_OTHER
            await until(partial(has_child, room))
            assert {policy(child) for child in read_children(room)} == {os.SCHED_OTHER}
            # Its heir has steps to make again, and comes first when it has made them.
            os.kill(room, signal.SIGKILL)
            await house.until_gone(room)
            await go_on(stack, house, [quick.episode_id])
            heir = (await house.pids())[str(quick.episode_id)]
            assert heir != room
            assert policy(heir) == os.SCHED_RR

    asyncio.run(scenario())


def test_a_game_that_is_not_known_to_be_quick_has_a_process_of_its_own(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path) as house:
            for _ in range(4):
                await house.control.ensure(new_spec("Hanoi.v0"))
            assert len(set((await house.pids()).values())) == 4

    asyncio.run(scenario())


def test_who_leaves_makes_room_for_somebody_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path) as house, AsyncExitStack() as stack, asyncio.timeout(60):
            while True:
                # The first rooms are small: one that has no environment left takes nobody.
                process, players = await sit_together(stack, house, 2)
                leaving, *_ = players.values()
                await quit_all([leaving])
                spec = new_spec(BREAKOUT)
                await begin(stack, house, spec)
                if (await house.pids())[str(spec.episode_id)] == process:
                    return

    asyncio.run(scenario())


def test_no_room_has_more_seats_than_it_may(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path, max_sessions=3 * MAX_SEATS) as house:
            counts = {0}
            while max(counts) < MAX_SEATS:
                await house.control.ensure(new_spec(BREAKOUT))
                processes = list((await house.pids()).values())
                counts = {processes.count(each) for each in processes}
            await house.control.ensure(new_spec(BREAKOUT))
            processes = list((await house.pids()).values())
            assert max(processes.count(each) for each in processes) == MAX_SEATS

    asyncio.run(scenario())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_of_a_room_that_dies_or_hangs_every_episode_goes_on(tmp_path: Path, how: signal.Signals) -> None:
    """REC-32, LIVE-23: nobody loses a step that was shown."""
    seen: dict[UUID, int] = {}

    async def scenario() -> None:
        async with open_house(tmp_path, limits=SessionLimits(hang_s=1.5)) as house, AsyncExitStack() as stack:
            process, players = await sit_together(stack, house, 3)
            os.kill(process, how)
            for episode, player in players.items():
                await player.until_gone()
                seen[episode] = player.step
            await house.until_gone(process)
            players = await go_on(stack, house, players)
            for episode, player in players.items():
                await player.until(lambda p=player, e=episode: p.step > seen[e] + 5)
            await quit_all(players.values())

    asyncio.run(scenario())
    for episode, step in seen.items():
        journal = read_episode_journal(tmp_path / "journal" / str(episode))
        assert journal.n_steps > step
        assert (journal.damage, len(journal.adopted)) == ((), 2)


def test_the_stand_by_of_a_room_takes_its_episodes_over(tmp_path: Path) -> None:
    """They are in one process again, which had made all older steps before; it has a stand-by in its turn."""

    async def scenario() -> list[UUID]:
        async with open_house(tmp_path, SessionLimits(stand_by_s=0.5)) as house, AsyncExitStack() as stack:
            process, players = await sit_together(stack, house, 3)
            for _ in range(2):
                reached = {episode: player.step + 90 for episode, player in players.items()}
                for episode, player in players.items():
                    await player.until(lambda p=player, n=reached[episode]: p.step >= n)
                await until(partial(has_child, process))
                os.kill(process, signal.SIGKILL)
                for player in players.values():
                    await player.until_gone()
                await house.until_gone(process)
                players = await go_on(stack, house, players)
                now = await house.pids()
                (heir,) = {now[str(episode)] for episode in players}
                assert heir != process
                process = heir
            await quit_all(players.values())
            return list(players)

    for episode in asyncio.run(scenario()):
        folder = tmp_path / "journal" / str(episode)
        journal = read_episode_journal(folder)
        assert (journal.damage, len(journal.adopted), journal.end is not None) == ((), 3, True)
        assert verify_journal(folder).verification is Verification.VERIFIED


def test_who_comes_back_to_a_stand_by_needs_no_other_environment(tmp_path: Path) -> None:
    """None could be opened here: the game's were given up for those of another one, and a ROM is a file."""

    async def scenario() -> None:
        async with open_house(tmp_path, SessionLimits(stand_by_s=0.3), max_templates=1) as house:
            spec, other = new_spec(BREAKOUT), new_spec(PONG)
            async with house.player(spec):
                room = (await house.pids())[str(spec.episode_id)]
                await until(partial(has_child, room))
                # Nothing moves: it stays the only one.
                (stand_by,) = read_children(room)
                await house.control.ensure(other)
                nursery = house.supervisor.nursery_pid
                assert nursery is not None
                (template,) = read_children(nursery)
                with few_files(template, 0):
                    before = count_files(template)
                    os.kill(room, signal.SIGKILL)
                    await house.until_gone(room)
                    # The room's door is closed, which leaves one for the lifeline.
                    await until(lambda: count_files(template) < before)
                    await house.control.ensure(SessionSpec(spec.episode_id, None))
            assert (await house.pids())[str(spec.episode_id)] == stand_by

    asyncio.run(scenario())


def test_a_stand_by_that_could_not_be_made_is_made_later(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path, SessionLimits(stand_by_s=0.3)) as house:
            spec = new_spec("Hanoi.v0")
            async with house.player(spec) as player:
                player.say(type="start")
                await player.until(lambda: player.step >= 0)
                room = (await house.pids())[str(spec.episode_id)]
                await until(partial(has_child, room))
                before = set(read_children(room))
                with few_files(room, 0):
                    for key in ("Digit1", "Digit3"):
                        player.press(key)
                    await player.until(lambda: player.step > 0)
                    await until(lambda: "no stand-by" in capfd.readouterr().err)
                # Not a step is made in between.
                await until(lambda: bool(set(read_children(room)) - before))

    asyncio.run(scenario())
