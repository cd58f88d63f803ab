"""A game that dies before its first picture leaves nothing that looks like a game that is being played."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from tests.naughty import make_misbehaving_game
from tests.raw_player import HELLO, RawPlayer
from tests.serving import serving

from skill_arcade.client import ArcadeClient, ConnectionLost, Refused
from skill_arcade.database.episodes import EpisodeRow, fetch_episode, keep_episode
from skill_arcade.database.transactions import Database
from skill_arcade.server.data_folder import DataFolder


def test_a_game_that_never_began_is_not_listed_and_one_left_by_a_dead_server_goes(tmp_path: Path) -> None:
    games, data = tmp_path / "games", tmp_path / "data"
    games.mkdir()
    broken = [make_misbehaving_game(how) for how in ("raise in reset", "exit")]
    for game in broken:
        (games / f"{game.id}.yaml").write_text(json.dumps(game.to_json()))

    async def play(url: str) -> None:
        async with ArcadeClient(url) as arcade:
            await arcade.login_as_guest()
            for game in broken:
                with pytest.raises(ConnectionLost):
                    await arcade.play(game.id).__aenter__()
            assert await arcade.episodes() == []

    with serving(data, games=str(games)) as server:
        asyncio.run(play(server.url))
        server.kill_everything()
        now = datetime.now(UTC)
        ghost = EpisodeRow(uuid4(), None, broken[0].id, 0, 0, "running", now, now, 1, 0, "pending")
        database = Database(DataFolder(data).database_url)
        with database.write() as work:
            keep_episode(work, ghost)
        server.start()
        with database.read() as session:
            assert fetch_episode(session, ghost.id) is None
        database.dispose()


def test_a_game_whose_place_went_to_a_later_one_of_the_same_player_did_not_begin(tmp_path: Path) -> None:
    """Its page is told to come again (1012), learns that there is no such episode, and so asks for a new one."""

    async def play(server_url: str, port: int) -> None:
        async with ArcadeClient(server_url) as arcade:
            await arcade.login_as_guest()
            earlier, later = [await arcade.ticket(game_id="CartPole.v1") for _ in range(2)]
            assert await asyncio.to_thread(say_hello, port, earlier["path"]) == 1012
            assert await arcade.episodes() == []
            with pytest.raises(Refused, match="404"):
                await arcade.ticket(episode_id=earlier["episode_id"])
            assert await asyncio.to_thread(say_hello, port, later["path"]) == "welcome"

    with serving(tmp_path / "data", max_sessions="1") as server:
        asyncio.run(play(server.url, server.port))


def say_hello(port: int, path: str) -> int | str:
    """The type of the first message that is no notice; the close code where none comes."""
    player = RawPlayer(port, path).shake_hands()
    player.say(HELLO)
    try:
        return str(player.await_text(lambda message: message["type"] != "notice")["type"])
    except AssertionError:
        return player.close_code
    finally:
        player.leave()
