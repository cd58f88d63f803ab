"""The process in which an environment is open, from which replayers are forked; see `verify_child`."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from multiprocessing.connection import Connection

from skill_arcade.dataset.forking import Fork, fork, receive
from skill_arcade.dataset.verification import open_environment
from skill_arcade.dataset.verify_order import Order
from skill_arcade.dataset.verify_replayer import Word, redirect_last_words, replay_one_after_another
from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.games.environments.simulation import Simulation


def be_template(first: Order, orders: Connection) -> None:
    """Open the environment of the first order, then have it carried out, and all that follow."""
    os.setpgid(0, 0)  # so that a replay that hangs can be ended together with its template
    redirect_last_words(first)
    replayers = _Replayers(_open_as_a_session_does(first), orders)
    gc.collect()
    gc.freeze()
    while (order := receive(orders)) is not None:
        orders.send(replayers.carry_out(order))


class _Replayers:
    """The forks of one template: one at a time, and the next when that has ended."""

    def __init__(self, simulation: Simulation | None, orders: Connection) -> None:
        self._simulation, self._orders = simulation, orders
        self._go_back = _find_way_back(simulation)
        self._used: Fork | None = None
        self._begins_anew = True  # where it was played before

    def carry_out(self, order: Order) -> int:
        """The exit status of an order's replay; 0 also of one that goes on."""
        used, self._used = self._used, None
        if used is not None:
            word = _ask(used, order)
            if word is Word.AS_RECORDED:
                self._used = used
                return 0
            used.end()
            if word is Word.ENOUGH:
                return 0
        # The replayer, or who waits for an answer would not see that this, the template, has died.
        fresh = fork(lambda line: replay_one_after_another(line, self._simulation, self._go_back), [self._orders])
        word = _ask(fresh, order)
        if used is not None and word is Word.AS_RECORDED:
            # It was not the recording, but what had been played there: from now on each episode has a fork of its own.
            self._begins_anew = False
        if word is Word.AS_RECORDED and self._begins_anew:
            self._used = fresh
            return 0
        return fresh.end()


def _ask(replayer: Fork, order: Order) -> Word | None:
    """What a replayer says of an episode; None if it has died."""
    try:
        replayer.orders.send(order)
        word: Word = replayer.orders.recv()
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
