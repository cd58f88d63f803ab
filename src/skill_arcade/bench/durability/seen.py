"""What was seen of a pipeline under load, and the figures that follow from it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from skill_arcade.bench.backlog import compute_growth
from skill_arcade.bench.crowd.crowd import CrowdReport
from skill_arcade.bench.crowd.played import PlayedEpisode, rate_hz
from skill_arcade.bench.durability.freshness import Times, Word, find_steps, freshness_figures, measure_delays_us
from skill_arcade.bench.durability.halting import Stretch
from skill_arcade.bench.durability.request_counter import Kind
from skill_arcade.bench.durability.requests import EPISODE_MINUTES, N_PLAYERS, Requests, compute_player_hour
from skill_arcade.bench.durability.watching import RowsWatch, SafetyWatch
from skill_arcade.bench.figures import Figure
from skill_arcade.bench.playing import LOWEST_RATE_HZ
from skill_arcade.bench.sustained import MAX_GROWTH

MUST_HERE_S, MUST_STORE_S, MUST_SQL_S = 0.5, 5.0, 5.0
MUST_PUTS = 40.0

_OTHERS = (Kind.LIST, Kind.READ, Kind.DELETE, Kind.PUT_OTHER)


@dataclass(slots=True)
class Seen:
    """What was seen while all played.

    Attributes:
        begin_us: server time from which on everybody played.
        end_us: until when the pipeline was followed.
        cpu_s: CPU seconds meanwhile, by who spent them.
        sealing: episodes that waited to be sealed, of every sample.
        stretches: with the pipeline and without it, afterwards.
    """

    begin_us: int = 0
    end_us: int = 0
    cpu_s: dict[str, float] = field(default_factory=dict)
    sealing: list[int] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)


def keeping_up_figures(n_players: int, crowd: CrowdReport, seen: Seen, *, quick: bool) -> list[Figure]:
    """Whether everybody was given sixty ticks a second, and sealing kept up; a few seconds prove neither."""
    rates = [rate_hz(episodes, seen.begin_us, seen.end_us) or 0.0 for episodes in crowd.players]
    must_hz, must_growth = (None, None) if quick else (LOWEST_RATE_HZ, MAX_GROWTH)
    growth = compute_growth(seen.sealing)
    return [
        Figure(f"{n_players} players: rate of the slowest", min(rates), "Hz", must_hz, better="higher"),
        Figure("episodes that wait to be sealed, growth", growth, "episodes", must_growth),
        Figure("episodes that wait to be sealed, at most", max(seen.sealing, default=None), "episodes"),
    ]


def all_freshness_figures(crowd: CrowdReport, seen: Seen, safety: SafetyWatch, rows: RowsWatch) -> list[Figure]:
    """From the step until it is safe, and until its player knows, and until SQL has it."""
    here, n_never_here = _measure(crowd.episodes, seen, safety.here)
    store, n_never_in_store = _measure(crowd.episodes, seen, safety.store)
    in_sql, n_never_in_sql = _measure(crowd.episodes, seen, rows.words)
    told_here = _measure(crowd.episodes, seen, _list_told(crowd.episodes, "here"))[0]
    told_store = _measure(crowd.episodes, seen, _list_told(crowd.episodes, "store"))[0]
    return [
        *freshness_figures("from the step to `durable_here`", here, MUST_HERE_S),
        *freshness_figures("from the step to the player's word of `durable_here`", told_here, None),
        *freshness_figures("from the step to `durable_store`", store, MUST_STORE_S),
        *freshness_figures("from the step to the player's word of `durable_store`", told_store, None),
        *freshness_figures("from the step to SQL", in_sql, MUST_SQL_S),
        Figure(
            "steps that did not become all of this", max(n_never_here, n_never_in_store, n_never_in_sql), "steps", 0
        ),
    ]


def _list_told(episodes: Sequence[PlayedEpisode], name: str) -> dict[str, list[Word]]:
    """What players were told of one of the two numbers (LIVE-60), by episode."""
    return {
        each.episode_id: list(zip(each.told_safe["came_us"].tolist(), each.told_safe[name].tolist(), strict=True))
        for each in episodes
    }


def put_figures(requests: Requests | None, seen: Seen) -> list[Figure]:
    """Puts of an hour of play; None where nobody could count them."""
    hour = compute_player_hour(requests, seen.begin_us, seen.end_us) if requests is not None else None
    name = f"puts a player-hour, {N_PLAYERS} players"
    sealed = f"{name}: sealed episodes of {EPISODE_MINUTES:g} minutes"
    figures = [
        Figure(name, hour.all if hour is not None else None, "puts", MUST_PUTS),
        Figure(f"{name}: segments", hour.segments if hour is not None else None, "puts"),
        Figure(sealed, hour.sealed if hour is not None else None, "puts"),
    ]
    if requests is not None:
        counts = requests.count()
        n_puts = sum(n for kind, n in counts.items() if kind not in _OTHERS)
        figures.append(Figure("puts counted in all", n_puts, "puts"))
        figures += [Figure(f"other requests counted: {kind}", counts[kind], "requests") for kind in _OTHERS]
    return figures


def cpu_figures(seen: Seen) -> list[Figure]:
    """Shares of all cores while the pipeline was followed."""
    all_s = (seen.end_us - seen.begin_us) / 1e6 * len(os.sched_getaffinity(0))
    return [Figure(f"CPU of all cores: {name}", 100 * cpu_s / all_s, "%") for name, cpu_s in seen.cpu_s.items()]


def _measure(
    episodes: Sequence[PlayedEpisode], seen: Seen, words: Mapping[str, Sequence[Word]]
) -> tuple[list[Times], int]:
    """Delays of all steps that were made while the pipeline was followed, and of how many nothing was ever known."""
    delays, n_never = [np.empty(0, np.int64)], 0
    for episode in episodes:
        steps, made_us = find_steps(episode, seen.begin_us, seen.end_us)
        these, n_not_known = measure_delays_us(steps, made_us, words.get(episode.episode_id, ()))
        delays.append(these)
        n_never += n_not_known
    return delays, n_never
