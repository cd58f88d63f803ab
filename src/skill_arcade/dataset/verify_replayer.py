"""The process that replays one episode after another, forked of a template; see `verify_child`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from enum import Enum, auto
from multiprocessing.connection import Connection

import pyarrow as pa

from skill_arcade.archive.local import LocalStore
from skill_arcade.dataset.dataset import open_journal_episode
from skill_arcade.dataset.episode import Episode
from skill_arcade.dataset.forking import receive
from skill_arcade.dataset.sealed_source import SealedSource
from skill_arcade.dataset.source import LocalEpisode
from skill_arcade.dataset.verification import replay_episode
from skill_arcade.dataset.verify_order import Order
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import EnvironmentFailed, RecordingError
from skill_arcade.games.environments.simulation import Simulation

MAX_REPLAYS = 100
"""Then a replayer ends, and gives back what its environment may have kept of all these episodes."""

_AS_RECORDED = (Verification.VERIFIED, Verification.PENDING)


class Word(Enum):
    """What a replayer says of an episode."""

    AS_RECORDED = auto()
    """And it takes another."""

    ENOUGH = auto()
    """As recorded too, but it ends, since it has replayed many."""

    OTHERWISE = auto()
    """The episode is not as recorded, or cannot be read; the replayer ends."""


def replay_one_after_another(
    orders: Connection, simulation: Simulation | None, go_back: Callable[[], None] | None
) -> None:
    """Replay until an episode is not as it was recorded, which is told of the first one only."""
    try:
        for n_before in range(MAX_REPLAYS):
            order = receive(orders)
            if order is None:
                return
            if n_before and go_back is not None:
                go_back()
            word = _replay(order, simulation, is_fresh=n_before == 0)
            if word is Word.AS_RECORDED and n_before == MAX_REPLAYS - 1:
                word = Word.ENOUGH
            orders.send(word)
            if word is not Word.AS_RECORDED:
                return
            pa.default_memory_pool().release_unused()  # the next episode of this game may be long in coming
    finally:
        if simulation is not None:
            with suppress(EnvironmentFailed):
                simulation.close()


def redirect_last_words(order: Order) -> None:
    """What is written on standard error from now on goes where this order says."""
    with order.last_words.open("wb") as last_words:
        os.dup2(last_words.fileno(), sys.stderr.fileno())


def _replay(order: Order, simulation: Simulation | None, *, is_fresh: bool) -> Word:
    """Replay one episode, and write down what that showed if it is to be told."""
    redirect_last_words(order)
    try:
        replayed = replay_episode(_open_local_episode(order.episode), simulation)
        result, is_as_recorded = asdict(replayed), replayed.verification in _AS_RECORDED
    except RecordingError as error:
        result, is_as_recorded = {"unreadable": str(error)}, False
    if is_as_recorded or is_fresh:
        unfinished = order.result.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(result))
        unfinished.rename(order.result)
    return Word.AS_RECORDED if is_as_recorded else Word.OTHERWISE


def _open_local_episode(local: LocalEpisode) -> Episode:
    """The episode that was described to this process.

    Raises:
        RecordingError: it cannot be read.
    """
    if local.journal is not None:
        return open_journal_episode(local.journal)
    if local.root is None or local.place is None:
        raise RecordingError("An episode lies in sealed files or in journals.")
    return Episode(local.place.episode_id, SealedSource(LocalStore(local.root), local.place, local.row))
