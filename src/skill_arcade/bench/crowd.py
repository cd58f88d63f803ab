"""The process of the players: many people at several games, from the ticket to the close.

It is a process of its own so that neither the server nor the measuring shares its event loop. What each player was sent
goes to standard output as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
from random import Random

import msgspec
import uvloop

from skill_arcade.bench.player import PlayedEpisode, Player, read_us
from skill_arcade.client import ArcadeClient, Refused
from skill_arcade.wire.closes import Close

RETRY_S = 1.0


class CrowdSpec(msgspec.Struct, frozen=True):
    """What the crowd does.

    Attributes:
        url: of the server.
        games: players take them in turn.
        n_players: how many at once.
        play_s: how long each, from its arrival.
        seed: of their dice.
        apart_s: between two arrivals.
        episode_s: (shortest, longest) time after which an episode is left for another one; None: to its end.
    """

    url: str
    games: tuple[str, ...]
    n_players: int
    play_s: float
    seed: int = 0
    apart_s: float = 0.05
    episode_s: tuple[float, float] | None = None


class CrowdReport(msgspec.Struct, frozen=True):
    """What it was sent.

    Attributes:
        players: the episodes of each, in order.
        refused: tickets that were refused for want of room.
        cpu_s: the crowd's own CPU time.
        began_us: server time at which the last player had come.
        ended_us: server time at which the first one left.
    """

    players: list[list[PlayedEpisode]]
    refused: int
    cpu_s: float
    began_us: int
    ended_us: int

    @property
    def episodes(self) -> list[PlayedEpisode]:
        """All episodes of all players."""
        return [episode for episodes in self.players for episode in episodes]


class _Crowd:
    def __init__(self, spec: CrowdSpec) -> None:
        self._spec = spec
        self._refused = 0
        self._came_us: list[int] = []
        self._left_us: list[int] = []
        self._keys: dict[str, list[str]] = {}

    async def play(self) -> CrowdReport:
        async with ArcadeClient(self._spec.url) as arcade:
            await arcade.login_as_guest()
            for game in set(self._spec.games):
                page = await arcade.call("GET", f"/games/{game}")
                self._keys[game] = sorted({key for control in page["controls"] for key in control["keys"]})
        players = await asyncio.gather(*(self._visit(number) for number in range(self._spec.n_players)))
        usage = resource.getrusage(resource.RUSAGE_SELF)
        began_us, ended_us = max(self._came_us, default=0), min(self._left_us, default=0)
        return CrowdReport(players, self._refused, usage.ru_utime + usage.ru_stime, began_us, ended_us)

    async def _visit(self, number: int) -> list[PlayedEpisode]:
        """One person: come, play one episode after another, leave."""
        spec, dice, loop = self._spec, Random(self._spec.seed * 1_000 + number), asyncio.get_running_loop()
        await asyncio.sleep(number * spec.apart_s)
        until_s = loop.time() + spec.play_s + (spec.n_players - number) * spec.apart_s
        game, episodes = spec.games[number % len(spec.games)], list[PlayedEpisode]()
        async with ArcadeClient(spec.url) as arcade:
            await arcade.login_as_guest()
            while (left_s := until_s - loop.time()) > 0:
                asked_us = read_us()
                try:
                    ticket = await arcade.ticket(game_id=game)
                except Refused as refused:
                    if refused.code != "at_capacity":
                        raise
                    self._refused += 1
                    await asyncio.sleep(RETRY_S)
                    continue
                player = Player(game, self._keys[game], dice, asked_us)
                if not episodes:
                    self._came_us.append(asked_us)
                length_s = left_s if spec.episode_s is None else dice.uniform(*spec.episode_s)
                episode = await player.play(arcade.socket_url(ticket), loop.time() + min(length_s, left_s))
                episodes.append(episode)
                if episode.close[0] != Close.ENDED:
                    sys.stderr.write(f"{game} was closed with {episode.close}\n")
        self._left_us.append(read_us())
        return episodes


def main() -> None:
    """Entry: `python -m skill_arcade.bench.crowd`, with a CrowdSpec as JSON in the only argument."""
    spec = msgspec.json.decode(sys.argv[1], type=CrowdSpec)
    # A collection would hold up all players at once, which no two people do to each other.
    gc.disable()
    report = uvloop.run(_Crowd(spec).play())
    sys.stdout.buffer.write(msgspec.json.encode(report))


if __name__ == "__main__":
    main()
