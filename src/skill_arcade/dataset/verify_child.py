"""The process in which episodes are verified, each in a fork: libraries are loaded once, and each environment too.

    verifier ──starts──▶ this process ──forks──▶ template of an environment ──forks──▶ replay of one episode

So every replay begins where a session does: in a process in which its environment was opened and never stepped.
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
from skill_arcade.domain.errors import EnvironmentFailed, RecordingError
from skill_arcade.games.environments import warm
from skill_arcade.games.environments.simulation import Simulation

_LOWEST_PRIORITY = 19
_MAX_TEMPLATES = 12
"""Environments that are kept: 6 MB each, against a tenth of a second of CPU for one that has to be opened again."""


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


class _Templates:
    """The templates of the environments that were used last; the one used last stands last."""

    def __init__(self, requests: Connection) -> None:
        self._requests = requests
        self._templates: dict[str, _Template] = {}

    def carry_out(self, order: Order) -> int | None:
        """The exit status of an order's replay; None if that took too long."""
        key = json.dumps(order.environment, sort_keys=True)
        template = self._templates.pop(key, None) or self._fork_template(order)
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
    """Open the environment of the first order, then fork a replay for each."""
    os.setpgid(0, 0)  # so that a replay that hangs can be ended together with its template
    _redirect_last_words(first)
    simulation = _open_as_a_session_does(first)
    gc.collect()
    gc.freeze()
    while (order := _receive(orders)) is not None:
        pid = _fork(lambda order=order: _replay(order, simulation, orders))  # type: ignore[misc]
        orders.send(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _open_as_a_session_does(order: Order) -> Simulation | None:
    """The environment, reset once, which loads what is loaded late; None where the replay itself shall say why not."""
    try:
        simulation = open_environment(order.environment)
        simulation.reset(0, 0)
        simulation.picture()
    except (EnvironmentFailed, ValueError, ImportError):
        return None
    return simulation


def _replay(order: Order, simulation: Simulation | None, orders: Connection) -> None:
    # Or who waits for an answer would not see that the template has died.
    orders.close()
    _redirect_last_words(order)
    try:
        result = asdict(replay_episode(open_local_episode(order.episode), simulation))
    except RecordingError as error:
        result = {"unreadable": str(error)}
    unfinished = order.result.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(result))
    unfinished.rename(order.result)


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
