"""The process in which episodes are verified, in forks: libraries are loaded once, and each environment too.

    verifier ──starts──▶ this process ──forks──▶ template of an environment ──forks──▶ replayer
                                                 (`verify_template`)                  (`verify_replayer`)

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
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

import pyarrow as pa

from skill_arcade.dataset.forking import Fork, fork, receive
from skill_arcade.dataset.verify_order import GAVE_UP, Order
from skill_arcade.dataset.verify_template import be_template
from skill_arcade.games.environments import warm

_LOWEST_PRIORITY = 19
_MAX_TEMPLATES = 8
"""Environments that are kept: 26 MB each, against a tenth of a second of CPU for one that has to be opened again."""


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
        self._templates: dict[str, Fork] = {}
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
        template.kill_group()
        del self._templates[key]  # not before: who gives up just then must find it
        return _Outcome(None, template_lives=False)

    def _fork_template(self, order: Order) -> Fork:
        foreign = [self._requests, *(each.orders for each in self._templates.values())]
        return fork(lambda orders: be_template(order, orders), foreign)


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
            os._exit(GAVE_UP)

        # Who gives up half-way wants no replay to go on.
        signal.signal(signal.SIGTERM, give_up)
        try:
            with suppress(ConnectionError):  # who asked has been killed
                while (order := receive(orders)) is not None:
                    orders.send(templates.carry_out(order))
        finally:
            # They would end by themselves, unless an environment hangs where it is closed.
            templates.kill_all()


if __name__ == "__main__":
    main()
