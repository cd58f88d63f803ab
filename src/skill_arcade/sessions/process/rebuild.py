"""Takes an episode up where its journals end: makes its steps again, and checks that they lead to the same place."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skill_arcade.domain.errors import NotReproducible
from skill_arcade.domain.picture import Picture
from skill_arcade.domain.pointing import Pointing, follow_pointing
from skill_arcade.domain.step import Outcome
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.records import StepRecord
from skill_arcade.sessions.play.stage import Press, StartPoint

_BITS = struct.Struct("<d")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What steps that were made again have come to.

    Attributes:
        newest: the newest step of the journal; None if there is none.
        score: the sum of all rewards.
        tick_ns: the time of every step.
    """

    newest: StepRecord | None
    score: float
    tick_ns: Sequence[int]


def replay_steps(simulation: Simulation, journal: EpisodeJournal, n_made: int | None = None) -> Rebuilt:
    """Make the steps of the journal again.

    Every reward and every state hash is compared, and the newest picture. (Comparing all pictures is `verify`'s work; a
    player waits here.)

    Args:
        simulation: is reset before its first step.
        journal: of the episode.
        n_made: how many of the steps this simulation has made already; it is not reset then.

    Raises:
        NotReproducible: it leads somewhere else.
        EnvironmentFailed: the environment raised.
    """
    if n_made is None:
        provenance = journal.provenance
        simulation.reset(int(provenance["seed"]), int(provenance["noop_starts"]))
    elif n_made > journal.n_steps:
        raise NotReproducible(journal.n_steps, "the number of steps")
    known, first = (-1, None) if n_made is None else (n_made, simulation.picture().copy())
    newest: StepRecord | None = None
    score = 0.0
    tick_ns = array("q")
    simulation.picture()
    for record in journal.steps:
        newest = record
        tick_ns.append(record.t_tick_ns)
        score += record.reward
        if record.step < (n_made or 0):
            continue
        action = record.action if record.executed_action is None else record.executed_action
        outcome = simulation.step(action)
        # Drawn as often as it was then: there are environments that change a little when they draw (Taxi turns its
        # car, LunarLander lets its smoke fade).
        simulation.picture()
        _compare(record, outcome, simulation)
    last = _last_picture(journal.pictures_after(known, first))
    if last is not None and not np.array_equal(last, simulation.picture()):
        raise NotReproducible(journal.n_steps, "the picture")
    return Rebuilt(newest, score, tick_ns)


def _compare(record: StepRecord, outcome: Outcome, simulation: Simulation) -> None:
    if _BITS.pack(record.reward) != _BITS.pack(outcome.reward):
        raise NotReproducible(record.step, f"reward {outcome.reward} instead of {record.reward}")
    if record.state_hash is not None and record.state_hash != simulation.state_hash():
        raise NotReproducible(record.step, "the state hash")


def _last_picture(pictures: Iterable[tuple[int, Picture]]) -> Picture | None:
    # One buffer is decoded into again and again: what it holds at the end is the newest picture.
    newest: Picture | None = None
    for _, picture in pictures:
        newest = picture
    return newest


def start_point(
    journal: EpisodeJournal,
    rebuilt: Rebuilt,
    *,
    epoch: int,
    server_boot: str,
    lives: int | None,
    last_tick_ns: int | None,
) -> StartPoint:
    """Where a session goes on after `journal`."""
    held: tuple[str, ...] = ()
    pointing: Pointing | None = None
    last_seq = 0
    events, newest = list(journal.events), rebuilt.newest
    for event in events:
        if event.get("seq") is not None:
            held, last_seq = tuple(event["held"]), max(last_seq, event["seq"])
            pointing = follow_pointing(pointing, event["kind"], event["code"], event["x"], event["y"])
    hellos = [segment["client"] for segment in journal.segments if segment["client"]]
    return StartPoint(
        episode_id=str(journal.episode_id),
        epoch=epoch,
        segment=len(journal.segments),
        server_boot=server_boot,
        n_steps=journal.n_steps,
        score=rebuilt.score,
        lives=newest.lives if newest is not None else lives,
        last_action=newest.action if newest is not None else None,
        last_seq=last_seq,
        held=held,
        pointing=pointing,
        started=any(event["kind"] == "start" for event in events),
        active_ns=sum_active_ns(events, rebuilt.tick_ns),
        last_tick_ns=last_tick_ns,
        played_by=hellos[0].get("played_by") if hellos else None,
        unfinished=find_unfinished(events),
    )


def find_unfinished(events: Iterable[Mapping[str, Any]]) -> tuple[Press, ...]:
    """The presses since the newest step that may have begun a move (LIVE-35); pauses do not undo them."""
    presses: list[Press] = []
    runs = False
    for event in events:
        if event["kind"] in ("start", "resume"):
            runs = True
        elif event["kind"] == "pause":
            runs = False
        elif event.get("applied_step") is not None:
            presses.clear()
        elif runs and event["kind"] in ("down", "pointer"):
            presses.append(Press(event["code"], event["x"], event["y"]))
    return tuple(presses)


def sum_active_ns(events: Iterable[Mapping[str, Any]], tick_ns: Sequence[int]) -> int:
    """Time spent running, in nanoseconds; a stretch that a crash cut short ends with its newest step.

    Args:
        events: of all epochs, in order.
        tick_ns: the time of every step.
    """
    total_ns = 0
    since_ns: int | None = None
    for event in events:
        if event["kind"] in ("start", "resume"):
            since_ns = event["t_received_ns"]
        elif event["kind"] == "pause" and since_ns is not None:
            # The pause of a session that was made again is noted when that is, by the clock of another boot perhaps.
            if (event["detail"] or {}).get("reason") == "rebuilt":
                total_ns += _until_newest(tick_ns[: event["step"]], since_ns)
            else:
                total_ns += event["t_received_ns"] - since_ns
            since_ns = None
    return total_ns if since_ns is None else total_ns + _until_newest(tick_ns, since_ns)


def _until_newest(tick_ns: Sequence[int], since_ns: int) -> int:
    return max(0, tick_ns[-1] - since_ns) if tick_ns else 0
