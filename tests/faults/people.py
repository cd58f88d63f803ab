"""People who play one episode after another while things break; what each saw of every episode is kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from tests.faults.witness import Seen, watch

from skill_arcade.client import ArcadeClient, ConnectionLost, LiveGame, Refused

MOVING_ON_PATIENCE_S = 120
GAMES = ("Breakout.v0", "Hanoi.v0")
"""One in real time, one in turns."""

_MOVES = [(s, t) for s in range(1, 4) for t in range(1, 4) if s != t]

Move = Callable[[LiveGame, Random], Awaitable[None]]


async def move_paddle(game: LiveGame, dice: Random) -> None:
    """Hold a key down for a while."""
    key = dice.choice(["ArrowLeft", "ArrowRight", "Space"])
    await game.press(key)
    await asyncio.sleep(dice.uniform(0.01, 0.4))
    await game.release(key)


async def tap_paddle(game: LiveGame, dice: Random) -> None:
    """Press a key and let go at once."""
    await game.tap(dice.choice(["ArrowLeft", "ArrowRight", "Space"]))
    await asyncio.sleep(dice.uniform(0.01, 0.2))


async def move_disc(game: LiveGame, dice: Random) -> None:
    """Try to bring a disc from one pole to another."""
    source, target = dice.choice(_MOVES)
    await game.tap(f"Digit{source}")
    await game.tap(f"Digit{target}")
    await asyncio.sleep(dice.uniform(0.005, 0.05))


MOVES: Mapping[str, Move] = {"Breakout.v0": move_paddle, "Hanoi.v0": move_disc}
TAPS: Mapping[str, Move] = {"Breakout.v0": tap_paddle, "Hanoi.v0": move_disc}
"""No key is down when a game stops. LIVE-36 knows of no pause among steps that are made again, and at a pause every key
counts as released: keys that were held then would be held on (LIVE-23)."""


async def sit_down(
    arcade: ArcadeClient,
    seen: Seen,
    stack: contextlib.AsyncExitStack,
    *,
    game_id: str | None = None,
    episode_id: str | None = None,
    resume_token: str | None = None,
) -> LiveGame:
    """Begin a game, or go on with an episode; it has shown its first picture."""
    ticket = await arcade.ticket(game_id=game_id, episode_id=episode_id, resume_token=resume_token)
    game = LiveGame(arcade.socket_url(ticket), reticket=arcade._reticket)
    return await stack.enter_async_context(watch(game, seen))


@dataclass
class People:
    """One at each game, who play one episode after another until told to stop.

    Attributes:
        url: of the server.
        dice: of their fingers.
        quits: the chance that a move is the last of its episode.
        moves: what they do, by game.
        seen: what they saw, by episode.
        games: the newest episode of each game.
        is_done: they are to leave.
        n_reconnects: of episodes that are over.
    """

    url: str
    dice: Random
    quits: float = 0.0
    moves: Mapping[str, Move] = field(default_factory=lambda: MOVES)
    seen: dict[str, Seen] = field(default_factory=dict)
    games: dict[str, LiveGame] = field(default_factory=dict)
    is_done: bool = False
    n_reconnects: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def come(self) -> None:
        """Begin to play, and wait until all do."""
        self._tasks = [asyncio.create_task(self._play(game_id)) for game_id in GAMES]
        await self.until(lambda: len(self.games) == len(GAMES))

    async def leave(self) -> None:
        """Quit what is being played."""
        self.is_done = True
        await asyncio.wait_for(asyncio.gather(*self._tasks), MOVING_ON_PATIENCE_S)

    async def until_all_have_moved_on(self) -> None:
        """Wait until each has played on, in the episode that it was in or in the next; or has begun at all."""
        places = {game_id: (game, game.step) for game_id, game in self.games.items()}

        def has_moved_on(game_id: str) -> bool:
            now = self.games.get(game_id)
            before, step = places.get(game_id, (None, 0))
            return now is not None and (now is not before or now.step > step)

        await self.until(lambda: all(has_moved_on(game_id) for game_id in GAMES))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what they do; whatever one of them met is raised here."""
        async with asyncio.timeout(MOVING_ON_PATIENCE_S):
            while not condition():
                self.check()
                await asyncio.sleep(0.01)

    def check(self) -> None:
        """Raise what one of them met, if it was too much."""
        for task in self._tasks:
            if task.done():
                task.result()

    def lose_power(self) -> None:
        """Tell all that what was not durable may be gone."""
        for seen in self.seen.values():
            seen.lose_power()

    async def _play(self, game_id: str) -> None:
        async with ArcadeClient(self.url) as arcade:
            while not self.is_done:
                async with contextlib.AsyncExitStack() as stack:
                    seen = Seen()
                    try:
                        if not arcade.token:
                            await arcade.login_as_guest()
                        game = await sit_down(arcade, seen, stack, game_id=game_id)
                    except (ConnectionLost, Refused, ConnectionError):
                        # Killed between the login and the first picture: a person would click once more.
                        await asyncio.sleep(0.1)
                        continue
                    self.seen[game.episode_id], self.games[game_id] = seen, game
                    await self._play_on(game, self.moves[game_id], seen)

    async def _play_on(self, game: LiveGame, move: Move, seen: Seen) -> None:
        try:
            await game.start()
            while not game.is_over:
                if self.is_done or self.dice.random() < self.quits:
                    await game.quit()
                else:
                    await move(game, self.dice)
        except (ConnectionLost, Refused):
            if not seen.may_be_gone:
                raise
            del self.seen[game.episode_id]
        self.n_reconnects += game.n_reconnects
