"""The whole pipeline under load: a server with PostgreSQL and the emulator of an object store on the same machine.

One run tells everything, so that its figures belong together: while all play, it is followed how far the pipeline is
behind; then it is stopped and started in turns; then everybody leaves, and all is sealed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from skill_arcade.bench.backlog import Backlog
from skill_arcade.bench.cpu_times import CpuTimes
from skill_arcade.bench.crowd.crowd import CrowdReport, CrowdSpec
from skill_arcade.bench.crowd.event_loop import read_us
from skill_arcade.bench.durability.elsewhere import Elsewhere, find_database_listeners, find_endpoint
from skill_arcade.bench.durability.fresh import fresh_database, fresh_store
from skill_arcade.bench.durability.halting import Alternation, alternate
from skill_arcade.bench.durability.listeners import find_port_listeners, read_tree_cpu_s
from skill_arcade.bench.durability.on_and_off import on_and_off_figures
from skill_arcade.bench.durability.requests import RequestCounter, counting
from skill_arcade.bench.durability.seen import Seen, all_freshness_figures, cpu_figures, keeping_up_figures, put_figures
from skill_arcade.bench.durability.shipping_status import SAMPLE_INTERVAL_S, ShippingStatus, shipping_figures
from skill_arcade.bench.durability.watching import ROWS_INTERVAL_S, SAFETY_INTERVAL_S, RowsWatch, SafetyWatch
from skill_arcade.bench.figures import Figure, Report
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.playing import read_report, server_in_a_folder, start_crowd, warm_up
from skill_arcade.bench.sampling import sampling
from skill_arcade.bench.served import DidNotHappen, Server
from skill_arcade.bench.stretches import Running, read_running
from skill_arcade.database.episodes import EpisodeFilter, fetch_episodes, fetch_keys
from skill_arcade.database.steps import count_steps, fetch_step_bytes
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import open_dataset
from skill_arcade.domain.episode import Verification
from skill_arcade.server.data_folder import DataFolder

DEFAULT_PLAYERS, QUICK_PLAYERS = 60, 8

_APART_S = 0.2
_BEGIN_S = 3.0
"""After the last one's arrival, before anything counts."""

_LEAVE_S = 3.0
_SWITCH_S = 1.0
"""What it may take, on a busy machine, to find the processes of the pipeline and to stop them."""

_SEALING_PATIENCE_S = 1800.0
_ALL_EPISODES = 1_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """Who plays for how long.

    Attributes:
        n_players: at once.
        keep_s: how long the pipeline is followed.
        rest_s: after that, until the last of these steps is in the store and in SQL.
        turns: how it is stopped and started afterwards.
        episode_s: (shortest, longest) time after which an episode is left for another one.
    """

    n_players: int
    keep_s: float
    rest_s: float
    turns: Alternation
    episode_s: tuple[float, float]

    @property
    def play_s(self) -> float:
        """How long everybody plays."""
        stopping_s = self.turns.n_pairs * _SWITCH_S
        return _BEGIN_S + self.keep_s + self.rest_s + self.turns.all_s + stopping_s + _LEAVE_S


LONG = Plan(DEFAULT_PLAYERS, 360.0, 10.0, Alternation(6, 8.0, 12.0, 1.0, 4.0), (30.0, 150.0))
QUICK = Plan(QUICK_PLAYERS, 12.0, 6.0, Alternation(2, 3.0, 3.0, 0.5, 1.0), (4.0, 8.0))


def make_plan(n_players: int | None, *, quick: bool) -> Plan:
    """The plan, with so many players instead of the usual ones."""
    plan = QUICK if quick else LONG
    return plan if n_players is None else replace(plan, n_players=n_players)


def add_under_load(report: Report, places: Elsewhere, plan: Plan, *, quick: bool) -> None:
    """Measure."""
    with ExitStack() as stack:
        database_url = stack.enter_context(fresh_database(places.database_url))
        store_url = stack.enter_context(fresh_store(places.store_url))
        endpoint = find_endpoint(store_url)
        counter = None if endpoint is None else stack.enter_context(counting(endpoint))
        variables = {**Elsewhere(database_url, store_url).variables}
        watched = {"PostgreSQL": find_database_listeners(database_url)}
        if endpoint is not None and counter is not None:
            variables[endpoint.variable] = counter.url
            watched |= {"the store's emulator": find_port_listeners(endpoint.port), "counting requests": {counter.pid}}
        server = stack.enter_context(server_in_a_folder(variables=variables))
        database = Database(database_url)
        stack.callback(database.dispose)
        _measure(report, plan, _Parts(server, database, store_url, counter, watched), quick=quick)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What takes part.

    Attributes:
        server: that is measured.
        database: its database.
        store_url: its store.
        counter: of the requests to the store; None where they cannot be counted.
        watched: processes of others whose CPU is told, by name; empty where they are not of this machine.
    """

    server: Server
    database: Database
    store_url: str
    counter: RequestCounter | None
    watched: Mapping[str, set[int]]


def _measure(report: Report, plan: Plan, parts: _Parts, *, quick: bool) -> None:
    server = parts.server
    warm_up(server, settles=not quick)
    seen, status = Seen(), ShippingStatus(server)
    safety = SafetyWatch(DataFolder(server.data).journals)
    rows = RowsWatch(parts.database)
    spec = CrowdSpec(server.url, EIGHT_GAMES, plan.n_players, plan.play_s, apart_s=_APART_S, episode_s=plan.episode_s)
    with start_crowd(spec) as process:
        with sampling(safety.sample, SAFETY_INTERVAL_S), sampling(rows.sample, ROWS_INTERVAL_S):
            time.sleep(plan.n_players * _APART_S + _BEGIN_S)
            with _following(seen, parts, process.pid), sampling(status.sample, SAMPLE_INTERVAL_S):
                time.sleep(plan.keep_s)
            time.sleep(plan.rest_s)
        safety.close()
        seen.stretches = alternate(server, plan.turns)
        crowd = read_report(process, server)
    left_s = time.monotonic()
    if not crowd.began_us < seen.begin_us < seen.stretches[-1].end_us < crowd.ended_us:
        raise DidNotHappen("the players were not all there while it was measured: this machine is too busy")
    server.await_no_journals([each.episode_id for each in crowd.episodes], _SEALING_PATIENCE_S)
    drained_s = time.monotonic() - left_s
    server.kill_everything()
    report.add(*keeping_up_figures(plan.n_players, crowd, seen, quick=quick))
    report.add(*shipping_figures(status.history, quick=quick))
    report.add(Figure("all sealed after the last player left", drained_s, "s"))
    report.add(*on_and_off_figures(seen.stretches, _read_all_running(parts, crowd)))
    report.add(*all_freshness_figures(crowd, seen, safety, rows))
    report.add(*put_figures(parts.counter.read() if parts.counter is not None else None, seen))
    report.add(*cpu_figures(seen))
    report.add(*_record_figures(parts.database, crowd))


@contextmanager
def _following(seen: Seen, parts: _Parts, crowd: int) -> Iterator[None]:
    """Note what happens until the end of the context; `crowd` is the process of the players."""
    cpu, backlog = CpuTimes(parts.server), Backlog(parts.server)
    watched = {**parts.watched, "players": {crowd}}
    before_s = {name: read_tree_cpu_s(pids) for name, pids in watched.items() if pids}
    own_s = time.process_time()
    cpu.sample()
    with cpu.following(), backlog.following():
        seen.begin_us = read_us()
        yield
        seen.end_us = read_us()
    seen.sealing = backlog.history
    (_, first), (_, last) = cpu.history[0], cpu.history[-1]
    seen.cpu_s = {f"{role} of the server": last[role] - first[role] for role in first}
    seen.cpu_s |= {name: read_tree_cpu_s(watched[name]) - cpu_s for name, cpu_s in before_s.items()}
    seen.cpu_s["watching all that"] = time.process_time() - own_s


def _read_all_running(parts: _Parts, crowd: CrowdReport) -> list[Running]:
    wanted = {each.episode_id for each in crowd.episodes}
    recordings = open_dataset(parts.store_url, DataFolder(parts.server.data).journals)
    return [read_running(each) for each in recordings.episodes() if str(each.id) in wanted]


def _record_figures(database: Database, crowd: CrowdReport) -> list[Figure]:
    """Whether everything that players saw is in SQL, sealed and verified; and what it takes there."""
    with database.read() as session:
        found = {str(row.id): row for row in fetch_episodes(session, EpisodeFilter(limit=_ALL_EPISODES))}
        keys = fetch_keys(session, [row.id for row in found.values()])
        n_rows = {str(each): count_steps(session, key) for each, key in keys.items()}
        n_bytes = fetch_step_bytes(session)
    # Steps after the last picture that came are nobody's loss: their player had left.
    n_lost = sum(max(0, each.n_made - 1 - n_rows.get(each.episode_id, 0)) for each in crowd.episodes)
    # One that was left before its first step was never begun, and is not kept.
    rows = [found.get(each.episode_id) for each in crowd.episodes if each.n_made > 1]
    n_unproved = sum(row is None or not row.sealed or row.verification != Verification.VERIFIED for row in rows)
    n_all = sum(n_rows.values())
    return [
        Figure("steps that players saw and SQL does not have", n_lost, "steps", 0, 0),
        Figure("episodes that are not sealed and verified", n_unproved, "episodes", 0, 0),
        Figure("episodes", len(rows), "episodes"),
        Figure("steps in SQL", n_all, "steps"),
        Figure(
            "a transition in PostgreSQL as the server wrote it, index included",
            n_bytes / n_all if n_bytes is not None and n_all else None,
            "bytes",
        ),
    ]
