"""Processes killed at random moments while two people play; nothing that was acked may be lost or doubled.

Fifty kills in every `make test`, a thousand with `make test-faults`.
The seed is printed and can be set: ARCADE_KILL_SEED=… ARCADE_KILLS=… make test-faults
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.serving import Server, serving

from skill_arcade.client import ArcadeClient, ConnectionLost, LiveGame, Refused
from skill_arcade.dataset import open_dataset
from skill_arcade.dataset.episode import Episode

KILLS = int(os.environ.get("ARCADE_KILLS", "50"))
SEED = int(os.environ.get("ARCADE_KILL_SEED", str(random.SystemRandom().randrange(2**31))))
GAMES = ("Breakout.v0", "Hanoi.v0")
MOVING_ON_PATIENCE_S = 120
MOVES = [(s, t) for s in range(1, 4) for t in range(1, 4) if s != t]


class NeverSeen(Exception):
    """The connection was lost before the first picture."""


@asynccontextmanager
async def aclosing_play(playing: AbstractAsyncContextManager[LiveGame]) -> AsyncIterator[None]:
    """Leave a game that was entered by hand."""
    try:
        yield
    finally:
        await playing.__aexit__(None, None, None)


@dataclass
class Seen:
    """What one client saw of one episode: the hash of every picture, by number."""

    pictures: dict[int, str] = field(default_factory=dict)

    def look(self, game: LiveGame) -> None:
        digest = hashlib.sha256(game.picture.tobytes()).hexdigest()
        known = self.pictures.setdefault(game.step, digest)
        assert known == digest, f"picture {game.step} was shown twice, and not alike"


@dataclass
class Players:
    """Two people, one at each game, who play one episode after another until told to stop."""

    url: str
    dice: random.Random
    seen: dict[str, Seen] = field(default_factory=dict)
    games: dict[str, LiveGame] = field(default_factory=dict)
    is_done: bool = False
    n_reconnects: int = 0

    async def until_all_have_moved_on(self) -> None:
        """Wait until both have played on, in the episode they were in or in the next; or have begun at all."""
        places = {game_id: (game, game.step) for game_id, game in self.games.items()}

        def has_moved_on(game_id: str) -> bool:
            now = self.games.get(game_id)
            before, step = places.get(game_id, (None, 0))
            return now is not None and (now is not before or now.step > step)

        async with asyncio.timeout(MOVING_ON_PATIENCE_S):
            while not all(has_moved_on(game_id) for game_id in GAMES):
                await asyncio.sleep(0.01)

    async def play(self, game_id: str, move: Callable[[LiveGame], Awaitable[None]]) -> None:
        async with ArcadeClient(self.url) as arcade:
            await arcade.login_as_guest()
            while not self.is_done:
                try:
                    await self._one_episode(arcade, game_id, move)
                except (NeverSeen, Refused, ConnectionError):
                    # Killed between the ticket and the first picture: a person would click once more.
                    await asyncio.sleep(0.1)

    async def _one_episode(
        self, arcade: ArcadeClient, game_id: str, move: Callable[[LiveGame], Awaitable[None]]
    ) -> None:
        try:
            playing = arcade.play(game_id)
            game = await playing.__aenter__()
        except ConnectionLost as lost:
            raise NeverSeen from lost
        async with aclosing_play(playing):
            seen = self.seen.setdefault(game.episode_id, Seen())
            self.games[game_id] = game
            await asyncio.gather(self._watch(game, seen), self._play_episode(game, move))
            self.n_reconnects += game.n_reconnects

    async def _play_episode(self, game: LiveGame, move: Callable[[LiveGame], Awaitable[None]]) -> None:
        await game.start()
        while not game.is_over:
            if self.is_done:
                await game.quit()
                return
            await move(game)

    async def _watch(self, game: LiveGame, seen: Seen) -> None:
        """Look at every picture, and check that the game never goes back behind one that was shown."""
        highest = -1
        while not game.is_over:
            assert game.step >= highest, f"back at {game.step} after {highest}"
            highest = game.step
            seen.look(game)
            await game.next_picture()
        seen.look(game)

    async def breakout(self, game: LiveGame) -> None:
        key = self.dice.choice(["ArrowLeft", "ArrowRight", "Space"])
        await game.press(key)
        await asyncio.sleep(self.dice.uniform(0.01, 0.4))
        await game.release(key)

    async def hanoi(self, game: LiveGame) -> None:
        source, target = self.dice.choice(MOVES)
        await game.tap(f"Digit{source}")
        await game.tap(f"Digit{target}")
        await asyncio.sleep(self.dice.uniform(0.005, 0.05))


def kill_something(server: Server, dice: random.Random) -> str:
    """Kill a session, the gateway, or everything (and start again)."""
    kind = dice.choices(["session", "gateway", "everything"], weights=[35, 10, 5])[0]
    if kind == "session":
        # A session is a fork of a template, which is a fork of the nursery: all have its command line. The sessions
        # are those that listen on a socket of an episode.
        sessions = server.session_pids()
        server.kill([dice.choice(sessions)] if sessions else [])
    elif kind == "gateway":
        server.kill(server.pids("gateway"))
    else:
        server.kill_everything()
        server.start()
    return kind


def test_whatever_is_killed_nothing_acked_is_lost_and_the_players_go_on(tmp_path: Path) -> None:
    """REC-1, REC-2, REC-5, LIVE-19, LIVE-23, LIVE-61, LIVE-71."""
    print(f"ARCADE_KILL_SEED={SEED} ARCADE_KILLS={KILLS}")
    dice = random.Random(SEED)
    with serving(tmp_path / "data") as server:
        players = Players(server.url, random.Random(SEED + 1))
        kills = asyncio.run(play_and_kill(server, players, dice))
        print(kills, "reconnects:", players.n_reconnects, "episodes:", len(players.seen))
        server.stop()
        server.start()
        server.await_sealed(list(players.seen))
        result = server.run_cli("verify", "--all", "--json")
    assert result.returncode == 0, result.stdout + result.stderr
    dataset = open_dataset(tmp_path / "data")
    n_steps = sum(check_episode(dataset.episode(each), seen) for each, seen in players.seen.items())
    print("steps checked:", n_steps)
    assert n_steps > KILLS


async def play_and_kill(server: Server, players: Players, dice: random.Random) -> dict[str, int]:
    tasks = [
        asyncio.create_task(players.play(game_id, move))
        for game_id, move in zip(GAMES, (players.breakout, players.hanoi), strict=True)
    ]
    counts = {"session": 0, "gateway": 0, "everything": 0}
    async with asyncio.timeout(60):
        while len(players.games) < len(tasks):
            await asyncio.sleep(0.01)
    for _ in range(KILLS):
        if dice.random() < 0.8:
            # Else the next blow falls while they are still getting up.
            await players.until_all_have_moved_on()
        await asyncio.sleep(dice.uniform(0.02, 0.5))
        kind = await asyncio.to_thread(kill_something, server, dice)
        counts[kind] += 1
        for task in tasks:
            if task.done():
                task.result()
    players.is_done = True
    await asyncio.wait_for(asyncio.gather(*tasks), 60)
    return counts


def check_episode(episode: Episode, seen: Seen) -> int:
    """Every picture that a client saw is in the record as it was; every step is there once. The number of steps."""
    steps = episode.steps()["step"].to_pylist()
    assert steps == list(range(len(steps))), "a step is missing or doubled"
    assert max(seen.pictures) <= len(steps), "a picture was shown whose step is not in the record"
    n_compared = 0
    for number, picture in episode.frames():
        if number in seen.pictures:
            assert hashlib.sha256(picture.tobytes()).hexdigest() == seen.pictures[number], f"picture {number}"
            n_compared += 1
    assert n_compared == len(seen.pictures)
    return len(steps)
