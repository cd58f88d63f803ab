"""What writes to the disk of a server, alone in one process: sessions, shipper, index and sealer, without any waiting.

    python -m tests.faults.parts_process DATA

For each seed on standard input it forks a child that does what a server does, one thing after another as the dice say,
until the disk fails. It says, a line each:

    began EPISODE STEP           it was begun, or taken up again at this picture
    shown EPISODE STEP DIGEST    its player was shown a picture
    safe EPISODE STEPS           its player was told that so many steps are on the disk
    indexed EPISODE STEPS        so many steps are in SQL
    sealed EPISODE               its files are in the archive
    done                         the child has done all that it wanted to
    over                         it has ended
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from tests.faults.witness import digest_of

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.archive.layout import Table
from skill_arcade.database.episodes import fetch_keys
from skill_arcade.database.steps import count_steps
from skill_arcade.dataset import Episode, VerificationResult
from skill_arcade.dataset.verification import replay_episode
from skill_arcade.domain.errors import EpisodeNotFound
from skill_arcade.games.catalogue import BUILT_IN_FOLDER, Catalogue
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.recorder.chain import MissingEpoch
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.journal import JournalWriter
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.shipper import Shipper
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.provenance import begin_provenance, build_provenance
from skill_arcade.server.sealer_process import make_sealer
from skill_arcade.server.sealing.share import Share
from skill_arcade.server.settings import Settings
from skill_arcade.server.store import open_settings_store
from skill_arcade.sessions.play.conversation import Attachment
from skill_arcade.sessions.play.play import Play
from skill_arcade.sessions.process.game_rules import rules_of_game
from skill_arcade.sessions.process.opening import open_play
from skill_arcade.sessions.process.provenance import read_environment_facts
from skill_arcade.sessions.spec import Places, SessionLimits, SessionSpec
from skill_arcade.wire.closes import Close
from skill_arcade.wire.frame import parse_frame
from skill_arcade.wire.from_server import FromServer, Safe, State, Welcome

GAME_ID = "Hanoi.v0"
MAX_AT_ONCE = 3
MOST_THINGS = 600
"""Then the power goes in any case."""

LONGEST_S = 120
"""Nothing takes so long."""

_LOOK_NS = 300_000_000
_POLES = (1, 2, 3)


class Clock:
    """Server time that is moved on where a session would wait."""

    def __init__(self) -> None:
        self._ahead_ns = 0

    def monotonic_ns(self) -> int:
        """Server time, ns."""
        return time.monotonic_ns() + self._ahead_ns

    def utc_ns(self) -> int:
        """UTC, ns."""
        return time.time_ns() + self._ahead_ns

    def move_on(self, ns: int) -> None:
        """Let it be later."""
        self._ahead_ns += ns


@dataclass(frozen=True, slots=True)
class Kit:
    """What is loaded once and forked.

    Attributes:
        provenance: of a new episode, given how many there were.
        facts: of the environment.
        simulations: one for each episode that is played at a time.
        verifier: one more.
    """

    provenance: Callable[[int, Random], Mapping[str, Any]]
    facts: Mapping[str, Any]
    simulations: list[Simulation]
    verifier: Simulation

    @classmethod
    def make(cls) -> Kit:
        """Load everything."""
        game, options = Catalogue.load([BUILT_IN_FOLDER]).get(GAME_ID).with_options({})
        known = build_provenance(game, options, user="f00d", recording=True)
        environment = game.environment_spec()
        *simulations, verifier = (open_simulation(environment) for _ in range(MAX_AT_ONCE + 1))
        return cls(
            lambda n, dice: begin_provenance(known, n, read_utc_clock(), random=dice),
            read_environment_facts(environment),
            simulations,
            verifier,
        )


class Player:
    """One episode with its player, who is the connection too."""

    is_congested = False

    def __init__(self, episode_id: UUID, play: Play, writer: JournalWriter, simulation: Simulation) -> None:
        self.episode_id = episode_id
        self.simulation = simulation
        self.play = play
        self._writer = writer
        self._seq = 0
        self._state = ""
        say("began", episode_id, play.n_steps)
        play.attach(self, Attachment("token"))
        hello = {"page_load": "p", "played_by": "scripted", "client": {}, "client_us": 1, "utc_ms": 2}
        self._tell("hello", **hello, clock_step_us=1)
        self._tell("start")
        if self._state == "paused":
            self._tell("resend", inputs=[], last_step=0)
            self._tell("resume", countdown_ms=0)

    def move(self, dice: Random) -> None:
        """Press two keys: one move, or what is none."""
        for pole in dice.sample(_POLES, 2):
            self._seq += 1
            key = {"code": f"Digit{pole}", "key": str(pole), "held": [f"Digit{pole}"]}
            self._tell("input", seq=self._seq, kind="down", client_us=self._seq, shown_step=self.play.n_steps, **key)

    def quit(self) -> None:
        """End the episode, and leave."""
        self._tell("quit")
        self.leave()

    def leave(self) -> None:
        """Put the episode aside."""
        self.play.suspend()
        self._writer.close()

    def _tell(self, kind: str, /, **members: object) -> None:
        self.play.receive(json.dumps({"type": kind, **members}).encode(), time.monotonic_ns())

    # --- what the session says ---

    def send(self, message: FromServer) -> None:
        """A text message."""
        match message:
            case Welcome():
                self._seq = message.last_input_seq
            case State():
                self._state = message.state
            case Safe():
                say("safe", self.episode_id, message.durable_here)

    def send_frame(self, frame: bytes) -> None:
        """A picture."""
        say("shown", self.episode_id, parse_frame(frame).step, digest_of(self.simulation.picture()))

    def close(self, close: Close, sentence: str) -> None:
        """The end of the connection."""


class Parts:
    """A server's parts and those who play there."""

    def __init__(self, data: Path, kit: Kit, dice: Random) -> None:
        self._kit = kit
        self._dice = dice
        self._clock = Clock()
        settings = Settings(data=data)
        self._folder = DataFolder(data)
        self._folder.prepare()
        self._database = open_database(settings)
        index = EpisodeIndex(self._database, read_utc_clock, self._folder.read_machine_id())
        self._shipper = Shipper(self._folder.journals, index)
        self._sealer = make_sealer(
            settings, self._database, open_settings_store(settings), self._verify, Share(0, 1, n_at_once=1)
        )
        self._places = Places(self._folder.journals, data)
        self._free = list(kit.simulations)
        self._players: list[Player] = []
        self._n_begun = 0
        self._sealed: set[str] = set()

    def work(self) -> None:
        """Do one thing after another."""
        for episode_id in self._find_unended()[:MAX_AT_ONCE]:
            self._sit_down(SessionSpec(episode_id, None))
        things = {
            self._move: 70,
            self._shipper.sync: 14,
            self._look: 8,
            self._write_rows: 6,
            self._begin: 4,
            self._quit: 3,
            self._come_back: 2,
            self._seal: 3,
        }
        self._sealed = self._find_sealed()
        for _ in range(MOST_THINGS):
            self._dice.choices(list(things), list(things.values()))[0]()

    def _find_unended(self) -> list[UUID]:
        found = []
        for folder in sorted(self._folder.journals.iterdir()):
            try:
                journal = read_episode_journal(folder)
            except (EpisodeNotFound, MissingEpoch):
                continue  # its beginning had not come to the disk; its player begins another
            if journal.end is None:
                found.append(journal.episode_id)
        return found

    def _sit_down(self, spec: SessionSpec) -> None:
        simulation = self._free.pop()
        play, writer = open_play(
            spec, simulation, rules_of_game, self._kit.facts, self._places, SessionLimits(), self._clock, grid_ns=0
        )
        self._players.append(Player(spec.episode_id, play, writer, simulation))

    def _begin(self) -> None:
        if self._free:
            self._n_begun += 1
            episode_id = UUID(int=self._dice.getrandbits(128), version=4)
            self._sit_down(SessionSpec(episode_id, self._kit.provenance(self._n_begun, self._dice)))

    def _move(self) -> None:
        if not self._players:
            self._begin()
        player = self._dice.choice(self._players)
        player.move(self._dice)
        if player.play.is_over:  # it was solved, and its player has left
            self._get_up(player)

    def _look(self) -> None:
        """Let a moment pass, in which players are told how safe their records are."""
        self._clock.move_on(_LOOK_NS)
        for player in list(self._players):
            player.play.wake()
            if player.play.is_over:
                player.leave()
                self._get_up(player)

    def _quit(self) -> None:
        if self._players:
            player = self._dice.choice(self._players)
            player.quit()
            self._get_up(player)

    def _come_back(self) -> None:
        """Leave, and take the episode up in another session."""
        if self._players:
            player = self._dice.choice(self._players)
            is_over = player.play.is_over
            player.leave()
            self._get_up(player)
            if not is_over and read_episode_journal(self._places.journal_folder(player.episode_id)).end is None:
                self._sit_down(SessionSpec(player.episode_id, None))

    def _get_up(self, player: Player) -> None:
        self._players.remove(player)
        self._free.append(player.simulation)

    def _write_rows(self) -> None:
        self._shipper.write_rows()
        with self._database.read() as session:
            keys = fetch_keys(session, [player.episode_id for player in self._players])
            counts = {episode_id: count_steps(session, key) for episode_id, key in keys.items()}
        self._require_power()
        for episode_id, n_steps in counts.items():
            say("indexed", episode_id, n_steps)

    def _require_power(self) -> None:
        """Raise OSError where there is none: memory still has rows then whose commit has failed on the disk."""
        next(self._folder.root.iterdir(), None)

    def _seal(self) -> None:
        self._sealer.work_until_idle()
        before, self._sealed = self._sealed, self._find_sealed()
        for episode_id in self._sealed - before:
            say("sealed", episode_id)

    def _find_sealed(self) -> set[str]:
        return {file.stem for file in (self._folder.archive / Table.EPISODES).rglob("*.parquet")}

    def _verify(self, episode: Episode) -> VerificationResult:
        return replay_episode(episode, self._kit.verifier)


def say(*words: object) -> None:
    """Say a line, at once."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def _work(data: Path, kit: Kit, seed: int) -> None:
    signal.alarm(LONGEST_S)
    try:
        Parts(data, kit, Random(seed)).work()
        say("done")
    except Exception:  # noqa: BLE001 - the disk has failed it, most likely: whoever has cut the power knows
        traceback.print_exc()
    finally:
        os._exit(0)


def main() -> None:
    """Entry of the process."""
    kit = Kit.make()
    gc.freeze()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _work(Path(sys.argv[1]), kit, int(line))
        os.waitpid(pid, 0)
        say("over")


if __name__ == "__main__":
    main()
