"""The process in which episodes are verified, in forks: libraries are loaded once, and each environment too.

    verifier ──starts──▶ this process ──forks──▶ template of an environment ──forks──▶ replayer

A replayer begins where a session does: in a process in which its environment was opened and never stepped. It goes on
with the next episode as long as all are as they were recorded: that proves itself, whatever was played there before.
Everything else may come of what was played before, and is replayed once more in a replayer that has played nothing.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import Enum, auto
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pyarrow as pa

from skill_arcade.archive.local import LocalStore
from skill_arcade.dataset.dataset import open_journal_episode
from skill_arcade.dataset.episode import Episode
from skill_arcade.dataset.sealed_source import SealedSource
from skill_arcade.dataset.source import LocalEpisode
from skill_arcade.dataset.verification import open_environment, replay_episode
from skill_arcade.dataset.verify_order import Order
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import EnvironmentFailed, RecordingError
from skill_arcade.games.environments import warm
from skill_arcade.games.environments.simulation import Simulation

_LOWEST_PRIORITY = 19
_MAX_TEMPLATES = 8
"""Environments that are kept: 26 MB each, against a tenth of a second of CPU for one that has to be opened again."""

_MAX_REPLAYS = 100
"""Then a replayer ends, and gives back what its environment may have kept of all these episodes."""

_AS_RECORDED = (Verification.VERIFIED, Verification.PENDING)


def open_local_episode(local: LocalEpisode) -> Episode:
    """The episode that was described to this process.

    Raises:
        RecordingError: it cannot be read.
    """
    if local.journal is not None:
        return open_journal_episode(local.journal)
    if local.root is None or local.place is None:
        raise RecordingError("An episode lies in sealed files or in journals.")
    return Episode(local.place.episode_id, SealedSource(LocalStore(local.root), local.place, local.row))


class _Word(Enum):
    """What a replayer says of an episode."""

    AS_RECORDED = auto()
    """And it takes another."""

    ENOUGH = auto()
    """As recorded too, but it ends, since it has replayed many."""

    OTHERWISE = auto()
    """The episode is not as recorded, or cannot be read; the replayer ends."""


@dataclass(frozen=True, slots=True)
class _Fork:
    """A fork of this process, and the line on which it takes orders."""

    pid: int
    orders: Connection

    def end(self) -> int:
        """Let it end, and wait for that; its exit status."""
        self.orders.close()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def kill_group(self) -> None:
        """End it, and what it has forked, whatever they are at."""
        self.orders.close()
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of an order.

    Attributes:
        status: exit status of the replay, or of the template if that has died; None if it took too long.
        template_lives: and can take another order.
    """

    status: int | None
    template_lives: bool


class _Templates:
    """Forks that have an environment open, of those used last; the one used last stands last."""

    def __init__(self, requests: Connection) -> None:
        self._requests = requests
        self._templates: dict[str, _Fork] = {}
        self._for_one_episode: set[str] = set()

    def carry_out(self, order: Order) -> int | None:
        """The exit status of an order's replay; None if that took too long."""
        key = json.dumps(order.environment, sort_keys=True)
        before: _Outcome | None = None
        if key in self._templates:
            before = self._carry_out_by(key, order)
            if before.template_lives:
                return before.status
        # What a template came to that was used before may come of what was played there.
        self._templates[key] = self._fork_template(order)
        outcome = self._carry_out_by(key, order)
        if outcome.template_lives and before is not None and before.status is None:
            self._for_one_episode.add(key)  # or each episode would hang before it is replayed
        if key in self._for_one_episode and outcome.template_lives:
            self._templates.pop(key).kill_group()
        while len(self._templates) > _MAX_TEMPLATES:
            self._templates.pop(next(iter(self._templates))).kill_group()
        return outcome.status

    def kill_all(self) -> None:
        """End every one, with the replay it is at."""
        while self._templates:
            self._templates.popitem()[1].kill_group()

    def _carry_out_by(self, key: str, order: Order) -> _Outcome:
        template = self._templates[key]
        try:
            template.orders.send(order)
            if template.orders.poll(order.limit_s):
                outcome = _Outcome(template.orders.recv(), template_lives=True)
                self._templates[key] = self._templates.pop(key)  # the one used last stands last
                return outcome
        except (EOFError, OSError):
            # It died while it opened the environment, or of what a replay did.
            del self._templates[key]
            return _Outcome(template.end(), template_lives=False)
        self._templates.pop(key).kill_group()
        return _Outcome(None, template_lives=False)

    def _fork_template(self, order: Order) -> _Fork:
        foreign = [self._requests, *(each.orders for each in self._templates.values())]
        return _fork(lambda orders: _be_template(order, orders), foreign)


def _be_template(first: Order, orders: Connection) -> None:
    """Open the environment of the first order, then have it carried out, and all that follow."""
    os.setpgid(0, 0)  # so that a replay that hangs can be ended together with its template
    _redirect_last_words(first)
    replayers = _Replayers(_open_as_a_session_does(first), orders)
    gc.collect()
    gc.freeze()
    while (order := _receive(orders)) is not None:
        orders.send(replayers.carry_out(order))


class _Replayers:
    """The forks of one template: one at a time, and the next when that has ended."""

    def __init__(self, simulation: Simulation | None, orders: Connection) -> None:
        self._simulation, self._orders = simulation, orders
        self._go_back = _find_way_back(simulation)
        self._used: _Fork | None = None
        self._begins_anew = True  # where it was played before

    def carry_out(self, order: Order) -> int:
        """The exit status of an order's replay; 0 also of one that goes on."""
        used, self._used = self._used, None
        if used is not None:
            word = _ask(used, order)
            if word is _Word.AS_RECORDED:
                self._used = used
                return 0
            used.end()
            if word is _Word.ENOUGH:
                return 0
        # The replayer, or who waits for an answer would not see that this, the template, has died.
        fresh = _fork(lambda line: _replay_one_after_another(line, self._simulation, self._go_back), [self._orders])
        word = _ask(fresh, order)
        if used is not None and word is _Word.AS_RECORDED:
            # It was not the recording, but what had been played there: from now on each episode has a fork of its own.
            self._begins_anew = False
        if word is _Word.AS_RECORDED and self._begins_anew:
            self._used = fresh
            return 0
        return fresh.end()


def _ask(replayer: _Fork, order: Order) -> _Word | None:
    """What a replayer says of an episode; None if it has died."""
    try:
        replayer.orders.send(order)
        word: _Word = replayer.orders.recv()
    except (EOFError, OSError):
        return None
    return word


def _open_as_a_session_does(order: Order) -> Simulation | None:
    """The environment, reset once, which loads what is loaded late; None where the replay itself shall say why not."""
    try:
        simulation = open_environment(order.environment)
        simulation.reset(0, 0)
        simulation.picture()
    except (EnvironmentFailed, ValueError, ImportError):
        return None
    return simulation


def _find_way_back(simulation: Simulation | None) -> Callable[[], None] | None:
    try:
        return None if simulation is None else simulation.bookmark()
    except EnvironmentFailed:
        return None


def _replay_one_after_another(
    orders: Connection, simulation: Simulation | None, go_back: Callable[[], None] | None
) -> None:
    """Replay until an episode is not as it was recorded, which is told of the first one only."""
    try:
        for n_before in range(_MAX_REPLAYS):
            order = _receive(orders)
            if order is None:
                return
            if n_before and go_back is not None:
                go_back()
            word = _replay(order, simulation, is_fresh=n_before == 0)
            if word is _Word.AS_RECORDED and n_before == _MAX_REPLAYS - 1:
                word = _Word.ENOUGH
            orders.send(word)
            if word is not _Word.AS_RECORDED:
                return
            pa.default_memory_pool().release_unused()  # the next episode of this game may be long in coming
    finally:
        if simulation is not None:
            with suppress(EnvironmentFailed):
                simulation.close()


def _replay(order: Order, simulation: Simulation | None, *, is_fresh: bool) -> _Word:
    """Replay one episode, and write down what that showed if it is to be told."""
    _redirect_last_words(order)
    try:
        replayed = replay_episode(open_local_episode(order.episode), simulation)
        result, is_as_recorded = asdict(replayed), replayed.verification in _AS_RECORDED
    except RecordingError as error:
        result, is_as_recorded = {"unreadable": str(error)}, False
    if is_as_recorded or is_fresh:
        unfinished = order.result.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(result))
        unfinished.rename(order.result)
    return _Word.AS_RECORDED if is_as_recorded else _Word.OTHERWISE


def _redirect_last_words(order: Order) -> None:
    with order.last_words.open("wb") as last_words:
        os.dup2(last_words.fileno(), sys.stderr.fileno())


def _fork(work: Callable[[Connection], None], foreign: Iterable[Connection]) -> _Fork:
    """Do some work in a fork of this process, which gets the other end of its line, and keeps none of the foreign."""
    ours, theirs = Pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            for connection in (ours, *foreign):
                connection.close()
            work(theirs)
            status = 0
        except BaseException:  # noqa: BLE001 - whatever it was, the fork ends here
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    theirs.close()
    return _Fork(pid, ours)


def _receive(orders: Connection) -> Order | None:
    try:
        order: Order = orders.recv()
    except EOFError:
        return None
    return order


def _read_a_time() -> None:
    """Load what pyarrow loads with the first time stamp it reads: 15 ms that each replay would take anew."""
    pa.scalar(0, pa.timestamp("us", "UTC")).as_py()


def main() -> None:
    """Entry of the process: `python -m skill_arcade.dataset.verify_child DESCRIPTOR`."""
    # Ctrl-C in a terminal goes to every process of the group; this one ends when there are no more orders.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_LOWEST_PRIORITY)  # people are playing on the same cores
    warm.load()
    _read_a_time()
    gc.collect()
    gc.freeze()
    with Connection(int(sys.argv[1])) as orders:
        templates = _Templates(orders)

        def give_up(*_: object) -> None:
            templates.kill_all()
            os._exit(0)

        # Who gives up half-way wants no replay to go on.
        signal.signal(signal.SIGTERM, give_up)
        while (order := _receive(orders)) is not None:
            orders.send(templates.carry_out(order))


if __name__ == "__main__":
    main()
