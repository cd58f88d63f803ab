"""What it costs to make the record last, and how soon it does: sealing, verifying, and everything under load."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass

from skill_arcade.bench.cpu_times import ROLES, read_stat
from skill_arcade.bench.crowd.crowd import CrowdSpec
from skill_arcade.bench.durability.elsewhere import Elsewhere
from skill_arcade.bench.durability.row_figures import add_rows
from skill_arcade.bench.durability.under_load import add_under_load, make_plan
from skill_arcade.bench.figures import Figure, Report
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.playing import measure_bare_act_us, play, server_in_a_folder, warm_up
from skill_arcade.bench.sampling import sampling
from skill_arcade.bench.served import DidNotHappen, Server
from skill_arcade.bench.verifying import count_mismatches, mismatch_figure

_FIRST_LAP_S = 3.0
_LOOK_EVERY_S = 3.0
_SEALING_PATIENCE_S = 600.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_VERIFIER = "skill_arcade.dataset.verify_child"  # of its command line; its forks have the same


def measure(*, quick: bool, places: Elsewhere | None = None, n_players: int | None = None) -> Report:
    """The figures of `skill-arcade bench pipeline`.

    Args:
        quick: fewer players for a shorter time.
        places: PostgreSQL and an object store, for a server under load; without them only what one costs that keeps
            everything in its data folder.
        n_players: of the server under load, where not the usual ones.
    """
    play_s, plan = 8.0 if quick else 120.0, make_plan(n_players, quick=quick)
    conditions = {} if places is None else {"under_load": asdict(plan)}
    report = Report("pipeline", play_s=play_s, games=EIGHT_GAMES, **conditions)
    if places is not None:
        add_under_load(report, places, plan, quick=quick)
    add_rows(report, None if places is None else places.database_url, quick=quick)
    _add_sealing(report, play_s, quick=quick)
    return report


def _add_sealing(report: Report, play_s: float, *, quick: bool) -> None:
    """What sealing and verifying cost, with everything in the data folder."""
    bare_us: list[float] = []
    with server_in_a_folder() as server:
        warm_up(server, settles=False)
        # One lap before the one that counts: by its end the process that verifies has started and opened all games.
        before = _play_and_seal(server, _FIRST_LAP_S).cpu_s
        # The yardstick is laid on while the work is done, beside those who play: most episodes end while others go on.
        lap = _play_and_seal(server, play_s, lambda: bare_us.append(measure_bare_act_us(len(EIGHT_GAMES))))
        sealing_s, verifying_s = (after - then for after, then in zip(lap.cpu_s, before, strict=True))
        n_mismatches = None if quick else count_mismatches(server)
    if verifying_s <= 0:
        raise DidNotHappen("nothing was verified, or by processes that are not known here")
    sealing_us, verifying_us = sealing_s / lap.n_steps * 1e6, verifying_s / lap.n_steps * 1e6
    act_us = statistics.mean(bare_us)
    report.add(
        Figure("CPU of sealing a step / bare act", sealing_us / act_us, "", 0.8, 0.5),
        Figure("CPU of verifying a step / bare act", verifying_us / act_us, "", 1.4, 1.15),
        Figure("CPU of sealing a step", sealing_us, "µs"),
        Figure("CPU of verifying a step", verifying_us, "µs"),
        Figure("bare act", act_us, "µs"),
        Figure("steps", lap.n_steps, "steps"),
    )
    if n_mismatches is not None:
        report.add(mismatch_figure(n_mismatches))


@dataclass(frozen=True, slots=True)
class _Lap:
    """Everybody has played an episode, and all is sealed and verified.

    Attributes:
        n_steps: of all these episodes.
        cpu_s: of sealing and of verifying, since the server's start.
    """

    n_steps: int
    cpu_s: tuple[float, float]


def _play_and_seal(server: Server, play_s: float, look: Callable[[], None] = lambda: None) -> _Lap:
    with sampling(look, _LOOK_EVERY_S):
        crowd = play(server, CrowdSpec(server.url, EIGHT_GAMES, len(EIGHT_GAMES), play_s))
        server.await_sealed([each.episode_id for each in crowd.episodes], _SEALING_PATIENCE_S)
    return _Lap(sum(each.n_made - 1 for each in crowd.episodes), _read_sealer(server))


def _read_sealer(server: Server) -> tuple[float, float]:
    """CPU seconds of the sealer itself, and of the processes that verify for it, those that have ended included."""
    sealers = [_read_cpu(pid) for pid in server.pids(ROLES["sealer"].rpartition(" ")[2])]
    own_s, ended_s = sum(own for own, _ in sealers), sum(ended for _, ended in sealers)
    return own_s, ended_s + sum(sum(_read_cpu(pid)) for pid in server.pids(_VERIFIER))


def _read_cpu(pid: int) -> tuple[float, float]:
    """CPU seconds of a process, and of the children that it has waited for."""
    fields = read_stat(pid)
    own, children = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
    return own / _TICKS_PER_S, children / _TICKS_PER_S
