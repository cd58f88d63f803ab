"""A player whose server is gone goes on at another one, in the same episode (REC-32, LIVE-36)."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from tests.faults.people import MOVES
from tests.faults.witness import Seen, check_record, watch
from tests.object_stores import SCHEMES, Scheme, tell_missing
from tests.postgresql import find_programs
from tests.serving import Server
from tests.several_servers import Installation, installation
from tests.waiting import await_true

from skill_arcade.client import ArcadeClient, LiveGame
from skill_arcade.database.episodes import fetch_episode
from skill_arcade.database.ownership import fetch_ownership
from skill_arcade.dataset import open_dataset

LOSSES: list[tuple[Scheme, str]] = [
    (scheme, how) for scheme in SCHEMES for how in ("machine lost", "stopped", "connection lost")
]
"""With `make test-faults`. In every `make test` there are two, and a person in a browser (`tests/journeys`)."""

if os.environ.get("ARCADE_LOSSES") != "all":
    LOSSES = [("s3", "machine lost"), ("gs", "connection lost")]


async def play_on(game: LiveGame, n_steps: int, dice: Random) -> None:
    """Play until so many more steps have been shown."""
    wanted = game.step + n_steps
    while game.step < wanted:
        await MOVES["Breakout.v0"](game, dice)


def owner_of(house: Installation, episode_id: str) -> int:
    """The number of the server that has the episode."""
    with house.database() as database, database.read() as session:
        owned = fetch_ownership(session, UUID(episode_id))
    assert owned is not None
    machines = [(server.data / "machine").read_text().strip() for server in house.servers if server.data.exists()]
    return machines.index(str(owned.server_id))


def await_all_sealed(house: Installation, episode_ids: list[str]) -> None:
    with house.database() as database:

        def are_sealed() -> bool:
            with database.read() as session:
                rows = [fetch_episode(session, each) for each in map(UUID, episode_ids)]
            return all(row is not None and row.sealed for row in rows)

        await_true(are_sealed, patience_s=60, tell=lambda: tell_logs(house))


def tell_logs(house: Installation) -> str:
    return "\n".join(server.log.read_text()[-3000:] for server in house.servers)


@pytest.mark.parametrize(("scheme", "how"), LOSSES)
def test_a_player_goes_on_at_another_server(
    tmp_path: Path, scheme: Scheme, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if (why := tell_missing(scheme)) is not None:
        pytest.skip(why)
    if find_programs() is None:
        pytest.skip("no PostgreSQL: run `apt-get install postgresql` as root")
    with installation(tmp_path, scheme) as house:
        for name, value in house.emulator.environment().items():
            monkeypatch.setenv(name, value)
        episode_id, seen = asyncio.run(asyncio.wait_for(play_over_a_loss(house, how), 180))
        await_all_sealed(house, [episode_id])
        episode = open_dataset(house.store_url).episode(episode_id)
        n_steps = check_record(episode, seen)
        assert episode.info.verification == "verified"
        print("steps checked:", n_steps)


async def play_over_a_loss(house: Installation, how: str) -> tuple[str, Seen]:
    dice, seen = Random(1), Seen()
    async with ArcadeClient(house.door.url) as arcade:
        await arcade.login_as_guest()
        ticket = await arcade.ticket(game_id="Breakout.v0")
        async with watch(LiveGame(arcade.socket_url(ticket), reticket=arcade._reticket), seen) as game:
            await game.start()
            await play_on(game, 240, dice)
            await game.wait_until(lambda: seen.durable_store > 0)
            first = owner_of(house, game.episode_id)
            await play_on(game, 60, dice)
            lost = house.servers[first]
            await asyncio.to_thread(lose, house, lost, how, seen)
            shown = max(seen.shown)
            await game.wait_until(lambda: game.n_reconnects > 0)
            await play_on(game, 240, dice)
            assert max(seen.shown) > shown
            assert house.servers[owner_of(house, game.episode_id)] is not lost
            await game.quit()
            return game.episode_id, seen


def lose(house: Installation, server: Server, how: str, seen: Seen) -> None:
    """The server that has the episode is no more for its player, in one way or another."""
    house.door.ports.remove(server.port)
    if how == "machine lost":
        server.kill_everything()
        shutil.rmtree(server.data)
        house.servers.remove(server)
        seen.durable_here = seen.durable_store
        seen.lose_power()  # before anybody goes on
    elif how == "stopped":
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
    else:
        house.door.cut()
