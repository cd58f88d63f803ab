"""Many open the same game in the same instant, which nobody has ever played there: all play, none is counted twice.

Two servers, two games and eight players in every `make test`; ARCADE_INSTANTS (8) games with `make test-faults`.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from importlib import resources
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import create_engine, text
from tests.faults.company import SEED
from tests.faults.index_checks import await_sealed, check_index
from tests.faults.people import MOVES, move_paddle, sit_down
from tests.faults.store_checks import check_nothing_is_left
from tests.faults.witness import Seen, check_record
from tests.object_stores import tell_missing
from tests.postgresql import find_programs
from tests.serving import Server
from tests.several_servers import Installation, installation

from skill_arcade.archive.opening import open_store
from skill_arcade.client import ArcadeClient
from skill_arcade.dataset import open_dataset

NEW_GAME = "BrandNew.v0"
"""No server has ever known it, until both begin to in the same instant."""

GAMES = (NEW_GAME, "Hanoi.v0", "Pong.v0", "SpaceInvaders.v0", "Seaquest.v0", "Freeway.v0", "Qbert.v0", "MsPacman.v0")
INSTANTS = int(os.environ.get("ARCADE_INSTANTS", "2"))
PLAYERS = 8
STEPS = 20


def test_many_who_open_a_new_game_in_the_same_instant_all_play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """REC-1, REC-32, REC-41, LIVE-2."""
    if (why := tell_missing("gs")) is not None:
        pytest.skip(why)
    if find_programs() is None:
        pytest.skip("no PostgreSQL: run `apt-get install postgresql` as root")
    games = GAMES[:INSTANTS]
    print(f"ARCADE_KILL_SEED={SEED} ARCADE_INSTANTS={INSTANTS}")
    with installation(tmp_path, "gs", n_servers=0) as house, serving_at_once(house, tmp_path):
        for name, value in house.emulator.environment().items():
            monkeypatch.setenv(name, value)
        seen = asyncio.run(play_all(house, games))
        await_sealed(house.database_url, seen)
        assert [server.stop() for server in house.servers] == [0, 0]
        dataset = open_dataset(house.store_url)
        check_index(house.database_url, dataset, seen)
        check_nothing_is_left(open_store(house.store_url, tmp_path), set(seen))
        check_rows(house, games)
        n_steps = sum(check_record(dataset.episode(each), one) for each, one in seen.items())
    print(f"episodes: {len(seen)}, steps checked: {n_steps}, lost: 0, doubled: 0")
    assert len(seen) == len(games) * PLAYERS


@contextmanager
def serving_at_once(house: Installation, folder: Path) -> Iterator[None]:
    """Both servers, which have started side by side on a database that knows no game."""
    games = folder / "games"
    games.mkdir()
    definition = (resources.files("skill_arcade.games.definitions") / "Breakout.v0.yaml").read_text()
    (games / f"{NEW_GAME}.yaml").write_text(definition.replace("id: Breakout.v0", f"id: {NEW_GAME}", 1))
    settings = {
        "database_url": house.database_url,
        "store_url": house.store_url,
        "secret": secrets.token_hex(32),
        "games": str(games),
    }
    for name in ("one", "other"):
        (folder / name).mkdir()
        house.servers.append(Server(folder / name / "data", settings=settings, variables=house.emulator.environment()))
    try:
        with ThreadPoolExecutor() as threads:
            list(threads.map(Server.start, house.servers))
        house.door.ports.extend(house.ports)
        yield
    finally:
        for server in house.servers:
            server.kill_everything()


async def play_all(house: Installation, games: tuple[str, ...]) -> dict[str, Seen]:
    """Everybody opens one game after another, always all at once; what each saw of each episode."""
    seen: dict[str, Seen] = {}
    starting_gun = asyncio.Barrier(PLAYERS)
    async with AsyncExitStack() as stack:
        players = [await stack.enter_async_context(ArcadeClient(house.door.url)) for _ in range(PLAYERS)]
        for player in players[1:]:
            await player.login_as_guest()
        players[0].token = players[1].token  # one of them is there twice, in two tabs
        for game_id in games:
            async with asyncio.timeout(120), asyncio.TaskGroup() as group:
                for number, player in enumerate(players):
                    group.create_task(play(player, game_id, starting_gun, seen, Random(SEED + number)))
    ports = {server.port for server in house.servers}
    assert set(house.door.taken) == ports, "all came to one server"
    return seen


async def play(
    arcade: ArcadeClient, game_id: str, starting_gun: asyncio.Barrier, seen: dict[str, Seen], dice: Random
) -> None:
    """Open the game with all the others, make some steps, and quit."""
    async with AsyncExitStack() as stack:
        one = Seen()
        await starting_gun.wait()
        game = await sit_down(arcade, one, stack, game_id=game_id)
        seen[game.episode_id] = one
        await game.start()
        while game.step < STEPS and not game.is_over:
            await MOVES.get(game_id, move_paddle)(game, dice)
        await game.quit()
        assert game.n_reconnects == 0


def check_rows(house: Installation, games: tuple[str, ...]) -> None:
    """Each game is there once, and each person's attempts are counted from one, without a gap."""
    engine = create_engine(house.database_url)
    with engine.connect() as connection:
        n_rows = Counter(connection.execute(text("SELECT id FROM game")).scalars())
        attempts = connection.execute(text("SELECT game_id, user_id, attempt_index FROM episode")).all()
        counted = connection.execute(text("SELECT game_id, user_id, n FROM attempt")).all()
    engine.dispose()
    assert all(n_rows[game_id] == 1 for game_id in games)
    numbers: dict[tuple[str, object], list[int]] = {}
    for game_id, user_id, attempt_index in attempts:
        numbers.setdefault((game_id, user_id), []).append(attempt_index)
    assert all(sorted(some) == list(range(1, len(some) + 1)) for some in numbers.values()), numbers
    assert {(game_id, user_id): n for game_id, user_id, n in counted} == {
        key: len(some) for key, some in numbers.items()
    }
    assert Counter(map(len, numbers.values())) == {1: len(games) * (PLAYERS - 2), 2: len(games)}
