"""Every game there is: opened, played for 600 steps of random chords through a real socket, sealed, verified.

Several players at once, each with a game of its own. What a player was shown is compared with what was recorded,
picture by picture. Exit status 1 if anything is not as it must be.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.serving import Server, serving

from skill_arcade.client import ArcadeClient, Refused
from skill_arcade.client.game import LiveGame
from skill_arcade.dataset import Dataset, open_dataset
from skill_arcade.domain.picture import Picture

HELD_STEPS = (4, 25)
MAX_KEYS = 3
TURN_STEPS = 60
"""Steps of a game of turns: each is a key or two, not a sixtieth of a second."""

SEALING_PATIENCE_S = 900.0
GAME_PATIENCE_S = 120.0


@dataclass(slots=True)
class Played:
    """What a player did and saw.

    Attributes:
        game_id: the game.
        episode_id: "" where no episode began.
        n_steps: steps, by the server's last word.
        end: how it ended, "quit" where the player had enough.
        wall_s: from the ticket to the end.
        shown: of each picture that came: its number to the hash of its bytes.
        problem: what is not as it must be; None if all is.
    """

    game_id: str
    episode_id: str = ""
    n_steps: int = 0
    end: str = ""
    wall_s: float = 0.0
    shown: dict[int, str] = field(default_factory=dict)
    problem: str | None = None


def main() -> int:
    """Entry: `python -m benchmarks.every_game`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("games", nargs="*", metavar="GAME", help="only these, by id")
    parser.add_argument("--steps", type=int, default=600, help="of games in real time")
    parser.add_argument("--players", type=int, default=10, help="at once")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="skill-arcade-games-") as folder,
        serving(Path(folder) / "data", max_sessions="200") as server,
    ):
        started_s = time.monotonic()
        played = play_games(server, arguments.games, arguments.steps, arguments.players)
        played_s = time.monotonic() - started_s
        compare_with_record(server, played)
        total_s = time.monotonic() - started_s
    tell(played, played_s, total_s, as_json=arguments.json)
    return 1 if any(each.problem for each in played) else 0


def play_games(server: Server, only: Sequence[str], n_steps: int, n_players: int) -> list[Played]:
    """Play each game once; those that are not available here say so as their problem."""
    return asyncio.run(_play_games(server.url, only, n_steps, n_players))


async def _play_games(url: str, only: Sequence[str], n_steps: int, n_players: int) -> list[Played]:
    async with ArcadeClient(url) as arcade:
        await arcade.login_as_guest()
        games = [game for game in await arcade.games() if not only or game["id"] in only]
        free = asyncio.Semaphore(n_players)
        return await asyncio.gather(*(_play_when_free(arcade, game, n_steps, free) for game in games))


async def _play_when_free(
    arcade: ArcadeClient, game: Mapping[str, Any], n_steps: int, free: asyncio.Semaphore
) -> Played:
    played = Played(game["id"])
    async with free:
        started_s = time.monotonic()
        try:
            async with asyncio.timeout(GAME_PATIENCE_S), arcade.play(game["id"]) as live:
                await _play(live, game, n_steps, played)
        except (Refused, ConnectionError, TimeoutError) as error:
            played.problem = f"{type(error).__name__}: {error}"
        played.wall_s = time.monotonic() - started_s
    return played


async def _play(live: LiveGame, game: Mapping[str, Any], n_steps: int, played: Played) -> None:
    played.episode_id = live.episode_id
    dice = Random(game["id"])
    in_turns = game["pacing"]["mode"] == "turn"
    wanted = TURN_STEPS if in_turns else n_steps
    watching = asyncio.create_task(_watch(live, played))
    await live.start()
    hands = _play_in_turns if in_turns else _hold_chords
    playing = asyncio.create_task(hands(live, game, dice))
    await live.wait_until(lambda: live.is_over or live.step >= wanted, timeout_s=GAME_PATIENCE_S)
    playing.cancel()
    if not live.is_over:
        await live.quit()
    assert live.ended is not None
    watching.cancel()
    played.n_steps, played.end = live.ended.n_steps, live.ended.reason
    if live.ended.reason not in {"player_quit", "terminated", "truncated"}:
        played.problem = f"it ended as {live.ended.reason}"


async def _watch(live: LiveGame, played: Played) -> None:
    while True:
        played.shown[live.step] = _hash(live.picture)
        await live.next_picture()


async def _hold_chords(live: LiveGame, game: Mapping[str, Any], dice: Random) -> None:
    codes = [control["keys"][0] for control in game["controls"]]
    tick_s = 1 / game["pacing"]["tick_hz"]
    while True:
        chord = dice.sample(codes, dice.randint(1, min(MAX_KEYS, len(codes))))
        for code in chord:
            await live.press(code)
        if game["pointer_axes"]:
            await live.move(dice.random(), dice.random())
        await asyncio.sleep(dice.randint(*HELD_STEPS) * tick_s)
        for code in chord:
            await live.release(code)
        await asyncio.sleep(dice.randint(0, HELD_STEPS[0]) * tick_s)


async def _play_in_turns(live: LiveGame, game: Mapping[str, Any], dice: Random) -> None:
    moves = [[code] for control in game["controls"] for code in control["keys"][:1]]
    moves += [sequence["keys"] for sequence in game["sequences"]]
    while not live.is_over:
        before = live.step
        for code in dice.choice(moves):
            await live.tap(code)
        await live.wait_until(lambda: live.is_over or live.step > before)  # noqa: B023 - awaited before it changes


def compare_with_record(server: Server, played: Sequence[Played]) -> None:
    """Wait until all is sealed and verified, and hold what was shown against what was kept."""
    episodes = [each.episode_id for each in played if each.episode_id]
    server.await_sealed(episodes, SEALING_PATIENCE_S)
    answer = server.run_cli("verify", "--all", "--json")
    verified = {each["episode_id"]: each for each in json.loads(answer.stdout)}
    dataset = open_dataset(server.data)
    for each in played:
        if each.problem is None:
            each.problem = _find_problem(each, verified.get(each.episode_id), dataset)


def _find_problem(played: Played, verified: Mapping[str, Any] | None, dataset: Dataset) -> str | None:
    if verified is None or verified["verification"] != "verified":
        return f"it is not verified: {verified and verified['verification_detail']}"
    episode = dataset.episode(played.episode_id)
    if episode.n_steps != played.n_steps:
        return f"{episode.n_steps} steps are recorded, {played.n_steps} were told"
    recorded = {step: _hash(picture) for step, picture in episode.frames()}
    wrong = [step for step, shown in played.shown.items() if recorded.get(step) != shown]
    return f"picture {wrong[0]} is not the one that was shown" if wrong else None


def _hash(picture: Picture) -> str:
    return hashlib.blake2b(picture.tobytes(), digest_size=8).hexdigest()


def tell(played: Sequence[Played], played_s: float, total_s: float, *, as_json: bool) -> None:
    """Print what came of it."""
    rows = [
        {
            "game": each.game_id,
            "steps": each.n_steps,
            "pictures compared": len(each.shown),
            "ended": each.end,
            "seconds": round(each.wall_s, 1),
            "result": each.problem or "verified",
        }
        for each in played
    ]
    if as_json:
        json.dump({"games": rows, "played_s": played_s, "total_s": total_s}, sys.stdout, indent=1)
        return
    for row in rows:
        print(f"{row['game']:<28} {row['steps']:>5} {row['pictures compared']:>5} {row['ended']:<12} "
              f"{row['seconds']:>6} s  {row['result']}")  # fmt: skip
    good = sum(each.problem is None for each in played)
    n_steps = sum(each.n_steps for each in played)
    n_shown = sum(len(each.shown) for each in played)
    print(f"\n{good} of {len(played)} games are as they must be: {n_steps} steps, {n_shown} pictures compared; "
          f"played in {played_s:.0f} s, sealed and verified after {total_s:.0f} s")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
