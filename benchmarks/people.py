"""The process of the players: several people at one game; what each was sent goes to standard output as JSON.

It is a process of its own so that neither the server nor the measuring shares its event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
from dataclasses import asdict
from random import Random

from benchmarks.person import Count, Person

from skill_arcade.client import ArcadeClient

APART_S = 0.1
"""People do not arrive at the same moment; neither do their ticks."""


async def play_episodes(url: str, game_id: str, until_s: float, dice: Random) -> list[Count]:
    """One person: log in, play one episode after another until `until_s`."""
    loop = asyncio.get_running_loop()
    counts: list[Count] = []
    async with ArcadeClient(url) as arcade:
        await arcade.login_as_guest()
        while loop.time() < until_s:
            ticket = await arcade.ticket(game_id=game_id)
            counts.append(await Person(arcade.socket_url(ticket), dice).play(until_s))
    return counts


async def play_together(url: str, game_id: str, n_players: int, play_s: float, seed: int) -> list[list[Count]]:
    """All of them at once, each for `play_s`; what each was sent, by player and episode."""

    async def arrive(number: int) -> list[Count]:
        await asyncio.sleep(number * APART_S)
        until_s = asyncio.get_running_loop().time() + play_s
        return await play_episodes(url, game_id, until_s, Random(seed + number))

    return await asyncio.gather(*(arrive(number) for number in range(n_players)))


def main() -> None:
    """Entry: `python -m benchmarks.people`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--game", default="Breakout.v0")
    parser.add_argument("--players", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    # A collection would hold up all players at once, which no two people do to each other.
    gc.disable()
    players = asyncio.run(
        play_together(arguments.url, arguments.game, arguments.players, arguments.seconds, arguments.seed)
    )
    usage = resource.getrusage(resource.RUSAGE_SELF)
    counts = [[asdict(count) for count in counts] for counts in players]
    print(json.dumps({"players": counts, "cpu_s": usage.ru_utime + usage.ru_stime}))


if __name__ == "__main__":
    main()
