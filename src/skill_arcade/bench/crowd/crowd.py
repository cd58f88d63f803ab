"""The process of the players: many people at several games, from the ticket to the close.

It is a process of its own so that neither the server nor the measuring shares its event loop. What each player was sent
goes to standard output as MessagePack.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from functools import partial
from random import Random

import msgspec

from skill_arcade.bench.crowd.event_loop import EventLoop, read_us
from skill_arcade.bench.crowd.http_call import Answer
from skill_arcade.bench.crowd.played import PlayedEpisode
from skill_arcade.bench.crowd.player import Player
from skill_arcade.bench.crowd.tickets import Ticket, TicketOffice
from skill_arcade.wire.closes import Close

RETRY_S = 1.0
"""Before a ticket is asked for again, where the server does not say when."""


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
        n_episodes: that each plays, at most; None: as many as there is time for.
        keys: the only ones that are pressed; empty: all that do something in the game.
    """

    url: str
    games: tuple[str, ...]
    n_players: int
    play_s: float
    seed: int = 0
    apart_s: float = 0.05
    episode_s: tuple[float, float] | None = None
    n_episodes: int | None = None
    keys: tuple[str, ...] = ()


class CrowdReport(msgspec.Struct, frozen=True):
    """What it was sent.

    Attributes:
        players: the episodes of each, in order; none of one for whom there was no room.
        refused: tickets that were refused for want of room.
        began_us: server time at which the last player had come.
        ended_us: server time at which the first one left.
        cpu_s: the crowd's own CPU time from the former to the latter.
    """

    players: list[list[PlayedEpisode]]
    refused: int
    began_us: int
    ended_us: int
    cpu_s: float

    @property
    def episodes(self) -> list[PlayedEpisode]:
        """All episodes of all players."""
        return [episode for episodes in self.players for episode in episodes]


class _Moment(msgspec.Struct, frozen=True, order=True):
    """A time, and the CPU time that the crowd had taken then."""

    at_us: int
    cpu_s: float

    @classmethod
    def now(cls) -> _Moment:
        return cls(read_us(), time.process_time())


class Crowd:
    """Everybody."""

    def __init__(self, spec: CrowdSpec) -> None:
        self.spec = spec
        self.loop = EventLoop()
        self.keys: dict[str, tuple[str, ...]] = {}
        self.refused = 0
        self.came: list[_Moment] = []
        self.left: list[_Moment] = []
        self._people: list[_Person] = []

    def play(self) -> CrowdReport:
        """Let all come, play and leave.

        Raises:
            CrowdFailed: the server answered what nobody can play on.
            ConnectionError: it does not answer with a WebSocket.
        """
        spec, office = self.spec, TicketOffice(self.loop, self.spec.url)
        office.log_in(lambda: self._fetch_keys(office))
        try:
            self.loop.run(lambda: len(self.left) == spec.n_players)
        finally:
            self.loop.close()
        began, ended = max(self.came, default=_Moment(0, 0.0)), min(self.left, default=_Moment(0, 0.0))
        players = [person.episodes for person in self._people]
        return CrowdReport(players, self.refused, began.at_us, ended.at_us, ended.cpu_s - began.cpu_s)

    def _fetch_keys(self, office: TicketOffice) -> None:
        for game_id in set(self.spec.games):
            office.fetch_keys(game_id, partial(self._take_keys, game_id))

    def _take_keys(self, game_id: str, keys: tuple[str, ...]) -> None:
        self.keys[game_id] = self.spec.keys or keys
        if len(self.keys) == len(set(self.spec.games)):
            self._people += [_Person(self, number) for number in range(self.spec.n_players)]


class _Person:
    """One player: comes, plays one episode after another, leaves."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        spec = crowd.spec
        self._crowd, self._loop = crowd, crowd.loop
        self._game_id = spec.games[number % len(spec.games)]
        self._dice = Random(spec.seed * 1_000 + number)
        self._office = TicketOffice(crowd.loop, spec.url)
        come_us = read_us() + round(number * spec.apart_s * 1e6)
        # All leave at one time: the last to come has played for `play_s` then.
        self._until_us = come_us + round((spec.play_s + (spec.n_players - number) * spec.apart_s) * 1e6)
        self._asked_us = 0
        self.episodes: list[PlayedEpisode] = []
        crowd.loop.call_at(come_us, lambda: self._office.log_in(self._ask))

    def _ask(self) -> None:
        if read_us() >= self._until_us or len(self.episodes) == self._crowd.spec.n_episodes:
            self._crowd.left.append(_Moment.now())
            return
        self._asked_us = read_us()
        self._office.ask({"game_id": self._game_id}, self._take)

    def _take(self, answer: Ticket | Answer) -> None:
        if isinstance(answer, Answer):
            self._crowd.refused += answer.code == "at_capacity"
            wait_us = round((answer.retry_after_s or RETRY_S) * 1e6)
            self._loop.call_at(min(read_us() + wait_us, self._until_us), self._ask)
            return
        if not self.episodes:
            self._crowd.came.append(_Moment.now())
        length_s = self._crowd.spec.episode_s
        until_us = self._until_us
        if length_s is not None:
            until_us = min(until_us, read_us() + round(self._dice.uniform(*length_s) * 1e6))
        Player(
            self._loop,
            self._office,
            answer,
            self._crowd.keys[self._game_id],
            self._dice,
            asked_us=self._asked_us,
            until_us=until_us,
            leave=self._leave,
        )

    def _leave(self, episode: PlayedEpisode) -> None:
        self.episodes.append(episode)
        if episode.close[0] != Close.ENDED:
            sys.stderr.write(f"{episode.game_id} was closed with {episode.close}\n")
        self._ask()


def main() -> None:
    """Entry: `python -m skill_arcade.bench.crowd.crowd LIFELINE SPEC`.

    LIFELINE is the reading end of a pipe whose other end only the benchmark has; SPEC is a CrowdSpec as JSON.
    """
    lifeline, spec = int(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=CrowdSpec)
    threading.Thread(target=_end_with_benchmark, args=(lifeline,), daemon=True).start()
    # A collection would hold up all players at once, which no two people do to each other.
    gc.disable()
    sys.stdout.buffer.write(msgspec.msgpack.encode(Crowd(spec).play()))


def _end_with_benchmark(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)


if __name__ == "__main__":
    main()
