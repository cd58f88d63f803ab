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
from collections.abc import Callable
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True, slots=True)
class _Template:
    """A fork that has one environment open, and the line on which it takes orders."""

    pid: int
    orders: Connection

    def end(self) -> None:
        """End it, and what it has forked."""
        self.orders.close()
        os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


@dataclass(frozen=True, slots=True)
class _Replayer:
    """A fork, and the line on which it takes orders.

    It answers to an episode that is as recorded with whether it takes another, and ends after any other episode.
    """

    pid: int
    line: Connection


class _Templates:
    """The templates of the environments that were used last; the one used last stands last."""

    def __init__(self, requests: Connection) -> None:
        self._requests = requests
        self._templates: dict[str, _Template] = {}
        self._for_one_episode: set[str] = set()

    def carry_out(self, order: Order) -> int | None:
        """The exit status of an order's replay; None if that took too long."""
        key = json.dumps(order.environment, sort_keys=True)
        used = self._templates.pop(key, None)
        if used is not None:
            status = self._carry_out_by(used, key, order)
            if status is not None:
                return status
            # That it hung may come of what was played there before: so from now on nothing is, or each would hang.
            self._for_one_episode.add(key)
        return self._carry_out_by(self._fork_template(order), key, order)

    def _carry_out_by(self, template: _Template, key: str, order: Order) -> int | None:
        try:
            template.orders.send(order)
            if template.orders.poll(order.limit_s):
                status: int = template.orders.recv()
                self._keep(key, template)
                return status
        except (EOFError, OSError):
            # It died while it opened the environment, or of what a replay did.
            template.orders.close()
            return os.waitstatus_to_exitcode(os.waitpid(template.pid, 0)[1])
        template.end()
        return None

    def _keep(self, key: str, template: _Template) -> None:
        if key in self._for_one_episode:
            template.end()
            return
        self._templates[key] = template
        while len(self._templates) > _MAX_TEMPLATES:
            self._templates.pop(next(iter(self._templates))).end()

    def _fork_template(self, order: Order) -> _Template:
        ours, theirs = Pipe()

        def be_template() -> None:
            for foreign in (ours, self._requests, *(each.orders for each in self._templates.values())):
                foreign.close()
            _be_template(order, theirs)

        pid = _fork(be_template)
        theirs.close()
        return _Template(pid, ours)


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
        self._go_back = None if simulation is None else simulation.bookmark()
        self._replayer: _Replayer | None = None
        self._begins_anew = True  # where it was played before

    def carry_out(self, order: Order) -> int:
        """The exit status of an order's replay; 0 also of one that goes on."""
        used = self._replayer
        if used is not None and self._is_done_by(used, order):
            return 0
        if used is not None:
            self._end(used)
        fresh = self._fork()
        if not self._is_done_by(fresh, order):
            return self._end(fresh)
        if used is not None:
            # It cannot be told from a recording that is wrong: from now on each episode has a process of its own.
            self._begins_anew = False
        if not self._begins_anew:
            self._end(fresh)
        return 0

    def _is_done_by(self, replayer: _Replayer, order: Order) -> bool:
        """Whether it found the episode to be as recorded."""
        try:
            replayer.line.send(order)
            self._replayer = replayer if replayer.line.recv() else None
        except (EOFError, OSError):
            return False
        if self._replayer is None:
            self._end(replayer)
        return True

    def _fork(self) -> _Replayer:
        ours, theirs = Pipe()

        def be_replayer() -> None:
            # Or who waits for an answer would not see that this, or the template, has died.
            ours.close()
            self._orders.close()
            _replay_one_after_another(theirs, self._simulation, self._go_back)

        pid = _fork(be_replayer)
        theirs.close()
        return _Replayer(pid, ours)

    def _end(self, replayer: _Replayer) -> int:
        """Its exit status."""
        self._replayer = None
        replayer.line.close()
        return os.waitstatus_to_exitcode(os.waitpid(replayer.pid, 0)[1])


def _open_as_a_session_does(order: Order) -> Simulation | None:
    """The environment, reset once, which loads what is loaded late; None where the replay itself shall say why not."""
    try:
        simulation = open_environment(order.environment)
        simulation.reset(0, 0)
        simulation.picture()
    except (EnvironmentFailed, ValueError, ImportError):
        return None
    return simulation


def _replay_one_after_another(
    line: Connection, simulation: Simulation | None, go_back: Callable[[], None] | None
) -> None:
    """Replay until an episode is not as it was recorded, which is told of the first one only."""
    n_replayed = 0
    while (order := _receive(line)) is not None:
        if n_replayed and go_back is not None:
            go_back()
        _redirect_last_words(order)
        try:
            replayed = replay_episode(open_local_episode(order.episode), simulation)
            result, is_as_recorded = asdict(replayed), replayed.verification in _AS_RECORDED
        except RecordingError as error:
            result, is_as_recorded = {"unreadable": str(error)}, False
        if is_as_recorded or n_replayed == 0:
            unfinished = order.result.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(result))
            unfinished.rename(order.result)
        if not is_as_recorded:
            return
        n_replayed += 1
        goes_on = n_replayed < _MAX_REPLAYS
        line.send(goes_on)
        pa.default_memory_pool().release_unused()  # the next episode of this game may be long in coming


def _redirect_last_words(order: Order) -> None:
    with order.last_words.open("wb") as last_words:
        os.dup2(last_words.fileno(), sys.stderr.fileno())


def _fork(work: Callable[[], None]) -> int:
    """Do some work in a fork of this process; the fork's id."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - whatever it was, the fork ends here
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return pid


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
        while (order := _receive(orders)) is not None:
            orders.send(templates.carry_out(order))


if __name__ == "__main__":
    main()
