"""A company that plays on one server while something behind it fails: some stay where they are, some come and go.

What fails behind a server is in nobody's way who plays: those who stay must not notice. Whoever begins or goes on with
an episode asks the server first; one who is refused is told why in a sentence, and asks again.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from random import Random, SystemRandom

from tests.faults.people import GAMES, MOVES, sit_down
from tests.faults.witness import Seen, check_record

from skill_arcade.client import ArcadeClient, ConnectionLost, LiveGame, Refused
from skill_arcade.dataset import Dataset, Episode
from skill_arcade.server.away import AWAY
from skill_arcade.wire.closes import Close, format_reason

SEED = int(os.environ.get("ARCADE_KILL_SEED", str(SystemRandom().randrange(2**31))))
"""Of all chance in these tests."""

A_SECOND_STEPS = 60
"""Of a game in real time, played as it should be."""

STAYING = 2
PATIENCE_S = 60.0
MOST_SKIPPED = 0.1
"""The share of their ticks that those who stay may have lost to a machine that others use as well. Whatever fails here
does so for a larger share of the time."""

_MOVES_OF_A_VISIT = 4


@dataclass
class Stay:
    """One who stays: the ball is never served, so that the episode does not end by itself.

    Attributes:
        game: in real time.
        seen: of it.
    """

    game: LiveGame
    seen: Seen


@dataclass
class Company:
    """Who plays.

    Attributes:
        url: of the server.
        dice: of their fingers.
        stays: those who stay.
        seen: what each saw of every episode that it has begun, by episode.
        refusals: what was said to whoever was not let in.
    """

    url: str
    dice: Random
    stays: list[Stay] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def playing(self) -> AsyncIterator[Company]:
        """They play within; then those who have stayed quit."""
        async with ArcadeClient(self.url) as arcade, AsyncExitStack() as stack:
            await arcade.login_as_guest()
            for _ in range(STAYING):
                seen = Seen()
                game = await sit_down(arcade, seen, stack, game_id="Breakout.v0")
                self.seen[game.episode_id] = seen
                self.stays.append(Stay(game, seen))
                await game.start()
            hands = [asyncio.create_task(self._move(stay.game)) for stay in self.stays]
            try:
                await self.play_on(A_SECOND_STEPS)
                yield self
            finally:
                for hand in hands:
                    hand.cancel()
            await asyncio.gather(*hands, return_exceptions=True)
            for stay in self.stays:
                assert stay.game.n_reconnects == 0, "the connection was lost"
                assert set(stay.seen.states) == {"ready", "running"}, stay.seen.states
                await stay.game.quit()

    async def play_on(self, n_steps: int) -> None:
        """Wait until those who stay have made so many more steps, and of most of these were told that they are kept."""
        marks = [(stay, stay.game.step) for stay in self.stays]
        # Patience grows with the steps; a game that is slowed is not what this waits for.
        patience_s = PATIENCE_S + 2 * n_steps / A_SECOND_STEPS
        for stay, step in marks:
            await stay.game.wait_until(lambda s=stay, at=step: s.game.step >= at + n_steps, patience_s)  # type: ignore[misc]
            await stay.game.wait_until(lambda s=stay, at=step: s.seen.durable_here > at)  # type: ignore[misc]

    async def until(self, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Wait for what happens elsewhere."""
        async with asyncio.timeout(patience_s):
            while not await asyncio.to_thread(condition):
                await asyncio.sleep(0.05)

    def check_records(self, dataset: Dataset) -> int:
        """Assert that all that anybody was shown is in the records, each step once, proved, and at its time.

        Returns:
            The number of steps.
        """
        records = {each: dataset.episode(each) for each in self.seen}
        for each, episode in records.items():
            assert episode.is_sealed, each
            assert episode.info.verification == "verified", (each, episode.info.verification_detail)
        n_steps = {each: check_record(episode, self.seen[each]) for each, episode in records.items()}
        for stay in self.stays:
            n_skipped = count_skipped_ticks(records[stay.game.episode_id])
            n_made = n_steps[stay.game.episode_id]
            print(f"{n_skipped} ticks skipped, {n_made} made")
            assert n_skipped <= MOST_SKIPPED * n_made, "play was slowed"
        n_compared = sum(len(each.shown) for each in self.seen.values())
        print(
            f"episodes: {len(records)}, steps checked: {sum(n_steps.values())}, pictures compared: {n_compared}, "
            f"lost: 0, doubled: 0; refused: {len(self.refusals)}"
        )
        return sum(n_steps.values())

    # --- who comes and goes ---

    async def visit(self) -> str:
        """Somebody plays a short episode to its end, asking again where it is refused; its id."""
        async with ArcadeClient(self.url) as arcade, AsyncExitStack() as stack, asyncio.timeout(PATIENCE_S):
            game = await self._come(arcade, stack)
            await self._leave(game)
            return game.episode_id

    @asynccontextmanager
    async def visiting(self) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Somebody has begun a short episode; what comes of it plays it to its end, whatever is away by then."""
        async with ArcadeClient(self.url) as arcade, AsyncExitStack() as stack:
            game = await self._come(arcade, stack)
            yield lambda: self._leave(game)
            assert game.is_over
            assert game.n_reconnects == 0, "the connection was lost"

    @asynccontextmanager
    async def coming_back(self) -> AsyncIterator[Callable[[], None]]:
        """Somebody plays whose line is cut by what comes of it, and who goes on when all is well again."""
        async with ArcadeClient(self.url) as arcade, AsyncExitStack() as stack:
            game = await self._come(arcade, stack)
            await game.start()
            yield lambda: cut_line(game)
            await game.wait_until(lambda: game.n_reconnects == 1 and game.state == "running")
            await self._leave(game)

    async def try_to_come(self) -> Refused:
        """Somebody comes who is not known yet, and is refused."""
        async with ArcadeClient(self.url) as arcade:
            try:
                await arcade.login_as_guest()
            except Refused as refused:
                return self._note(refused)
        raise AssertionError("nobody was to be let in")

    async def _come(self, arcade: ArcadeClient, stack: AsyncExitStack) -> LiveGame:
        """Asks until it is let in."""
        while True:
            seen = Seen()
            try:
                if not arcade.token:
                    await arcade.login_as_guest()
                game = await sit_down(arcade, seen, stack, game_id=self.dice.choice(GAMES))
            except Refused as refused:
                self._note(refused)
            except ConnectionLost as lost:
                # The ticket could not be used. Nothing was begun: a person clicks once more.
                self._note_closed(lost)
            else:
                self.seen[game.episode_id] = seen
                return game
            await asyncio.sleep(0.1)

    async def _leave(self, game: LiveGame) -> None:
        if game.state == "ready":
            await game.start()
        assert game.progress.welcome is not None
        move = MOVES[game.progress.welcome.game_id]
        for _ in range(_MOVES_OF_A_VISIT):
            if not game.is_over:
                await move(game, self.dice)
        await game.quit()

    def _note(self, refused: Refused) -> Refused:
        """Who is refused is told that it is the server's fault, in a sentence for people."""
        assert refused.status == 503, refused
        assert refused.detail == AWAY or (is_sentence(refused.detail) and "/" not in refused.detail), refused
        self.refusals.append(str(refused))
        return refused

    def _note_closed(self, lost: ConnectionLost) -> None:
        """Likewise, where the fault came between the ticket and the socket."""
        assert lost.code == Close.RESTARTING, lost
        assert lost.reason == format_reason(Close.RESTARTING, AWAY), lost
        self.refusals.append(str(lost))

    async def _move(self, game: LiveGame) -> None:
        while not game.is_over:
            key = self.dice.choice(["ArrowLeft", "ArrowRight"])
            await game.press(key)
            await asyncio.sleep(self.dice.uniform(0.05, 0.4))
            await game.release(key)


def cut_line(game: LiveGame) -> None:
    """End a player's connection without a word."""
    assert game._socket is not None
    game._socket.transport.abort()


def count_skipped_ticks(episode: Episode) -> int:
    """Ticks in which no step was made, since the machine was too late for them (REC-25)."""
    stalls = [each for each in episode.events().to_pylist() if each["kind"] == "stall"]
    return sum(json.loads(each["detail"])["skipped_ticks"] for each in stalls)


def is_sentence(text: str) -> bool:
    """Whether a text is a sentence, without anything that only a programmer reads."""
    odd = ("Traceback", "psycopg", "sqlalchemy", "SELECT", "INSERT", "UPDATE", "\n")
    return text[:1].isupper() and text.endswith(".") and not any(each in text for each in odd)
