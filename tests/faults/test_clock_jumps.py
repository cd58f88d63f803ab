"""The wall clock jumps by a day, to and fro, while people play: nobody notices, and the record says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.faults.people import sit_down
from tests.faults.wall_clock import WallClock, make_wall_clock
from tests.faults.witness import Seen, check_record
from tests.serving import Server, find_player_pids, serving

from skill_arcade.client import ArcadeClient, ConnectionLost, LiveGame
from skill_arcade.dataset import Episode, open_dataset
from skill_arcade.wire.closes import Close

DAY_S = 86_400
JUMPS_S = (DAY_S, 0, -DAY_S, 0)
"""How far ahead the wall clock is after each jump: a day forth, back, back once more, forth."""

STEPS_BETWEEN = 60
HOUR_NS = 3600 * 10**9
"""Nothing here takes so long; a day is more."""


@pytest.fixture
def clock(tmp_path: Path) -> WallClock:
    return make_wall_clock(tmp_path)


def test_a_wall_clock_that_jumps_by_a_day_changes_nothing_for_who_plays_and_is_told_in_the_record(
    tmp_path: Path, clock: WallClock
) -> None:
    """LIVE-4, LIVE-22, LIVE-24, LIVE-25, REC-18, REC-20, REC-25, REC-37."""
    with serving(tmp_path / "data", variables=clock.variables, linger_s="0.5") as server:
        seen = asyncio.run(play_over_jumps(server, clock))
        server.await_sealed(seen)
        verified = server.run_cli("verify", "--all", "--json")
        assert verified.returncode == 0, verified.stdout + verified.stderr
    dataset = open_dataset(tmp_path / "data")
    for episode_id, each in seen.items():
        check_record(dataset.episode(episode_id), each)
        check_intervals(dataset.episode(episode_id))
    played_through = next(each for each, one in seen.items() if len(one.shown) > STEPS_BETWEEN * len(JUMPS_S))
    check_anchors(dataset.episode(played_through))


async def play_over_jumps(server: Server, clock: WallClock) -> dict[str, Seen]:
    """One plays in real time, one has paused, one comes and goes; what each saw of each episode."""
    playing, pausing, going = Seen(), Seen(), Seen()
    ended: dict[str, Seen] = {}
    async with ArcadeClient(server.url) as arcade, AsyncExitStack() as stack:
        await arcade.login_as_guest()
        player = await sit_down(arcade, playing, stack, game_id="Breakout.v0")
        await player.start()
        pauser = await sit_down(arcade, pausing, stack, game_id="Hanoi.v0")
        await pauser.start()
        await pauser.pause()
        goer_id, token = await come_and_go(server, arcade, going, game_id="Hanoi.v0")
        for shift_s in JUMPS_S:
            early = await arcade.ticket(game_id="Hanoi.v0")
            before = player.step
            clock.shift_to(shift_s)
            await player.wait_until(lambda at=before: player.step >= at + STEPS_BETWEEN or player.is_over)  # type: ignore[misc]
            assert not player.is_over
            await use_or_be_refused(arcade, early)
            ended |= await begin_and_end(arcade)
            assert (await come_and_go(server, arcade, going, episode_id=goer_id, resume_token=token))[0] == goer_id
            await asyncio.to_thread(server.await_sealed, list(ended))
        assert (player.n_reconnects, pauser.n_reconnects) == (0, 0)
        assert playing.states[-1] == "running"
        assert all(state in ("ready", "running") for state in playing.states), playing.states
        assert pausing.states[-1] == "paused: player"
        await pauser.resume()
        for game in (player, pauser):
            await game.quit()
        async with AsyncExitStack() as last:
            goer = await sit_down(arcade, going, last, episode_id=goer_id, resume_token=token)
            await goer.quit()
        return {player.episode_id: playing, pauser.episode_id: pausing, goer_id: going, **ended}


async def come_and_go(server: Server, arcade: ArcadeClient, seen: Seen, **what: str) -> tuple[str, str]:
    """Make a move, and leave until nobody keeps the episode in memory any more: its id, and what goes on with it."""
    async with AsyncExitStack() as stack:
        game = await sit_down(arcade, seen, stack, **what)
        await go_on(game)
        before = game.step
        await game.tap("Digit1")
        await game.tap("Digit2")
        await game.wait_until(lambda: game.step > before)
        episode_id, token = game.episode_id, game.resume_token
    await until(lambda: not find_player_pids(server, episode_id))
    return episode_id, token


async def go_on(game: LiveGame) -> None:
    """Begin, or go on after having been away."""
    if game.state == "ready":
        await game.start()
    elif game.state == "paused":
        await game.resume()


async def begin_and_end(arcade: ArcadeClient) -> dict[str, Seen]:
    """A whole episode, by somebody who comes just now."""
    seen = Seen()
    async with ArcadeClient(arcade._base_url) as newcomer, AsyncExitStack() as stack:
        await newcomer.login_as_guest()
        game = await sit_down(newcomer, seen, stack, game_id="Hanoi.v0")
        await game.start()
        await game.quit()
        return {game.episode_id: seen}


async def use_or_be_refused(arcade: ArcadeClient, ticket: dict[str, Any]) -> None:
    """A ticket of before a jump may have become too old; then it is said so, and another is to be had at once."""
    try:
        async with LiveGame(arcade.socket_url(ticket)) as game:
            await game.quit()
    except ConnectionLost as lost:
        if lost.code != Close.TICKET_REFUSED:
            raise


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)


def check_intervals(episode: Episode) -> None:
    """The monotonic clock has not jumped, wherever it stands."""
    ticks = episode.steps(["t_tick_ns"])["t_tick_ns"].to_pylist()
    assert all(0 < after - before < HOUR_NS for before, after in pairwise(ticks))
    came = [each["t_received_ns"] for each in episode.events().to_pylist()]
    assert all(abs(after - before) < HOUR_NS for before, after in pairwise(came))
    segments = episode.segments().to_pylist()
    assert all(abs(after["monotonic_ns"] - before["monotonic_ns"]) < HOUR_NS for before, after in pairwise(segments))
    assert all(0 <= each["gap_ns"] < HOUR_NS for each in segments if each["gap_ns"] is not None)
    active_s = episode.info.row["active_time_s"]
    assert 0 <= active_s * 1e9 < HOUR_NS


def check_anchors(episode: Episode) -> None:
    """Both clocks stand in the record after every jump, in an episode that was played without a break."""
    segment = episode.segments().to_pylist()[-1]
    assert segment["cause"] == "connected"
    noted = [each for each in episode.events().to_pylist() if each["kind"] == "clock"]
    anchors = [(segment["utc_ns"], segment["monotonic_ns"])]
    anchors += [(json_of(each["detail"])["utc_ns"], each["t_received_ns"]) for each in noted]
    ahead_ns = [utc_ns - monotonic_ns for utc_ns, monotonic_ns in anchors]
    jumps_s = [round((after - before) / 1e9 / DAY_S, 3) for before, after in pairwise(ahead_ns)]
    assert jumps_s == [1, -1, -1, 1]


def json_of(text: str) -> dict[str, Any]:
    """A JSON column's value."""
    value: dict[str, Any] = json.loads(text)
    return value
