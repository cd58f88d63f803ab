"""What it costs to make the record last: sealing and verifying a step, against the bare emulator."""

from __future__ import annotations

import os
import statistics
from pathlib import Path

from skill_arcade.bench.cpu_times import ROLES
from skill_arcade.bench.crowd.crowd import CrowdSpec
from skill_arcade.bench.figures import Figure, Report
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.playing import measure_bare_act_us, play, server_in_a_folder, warm_up
from skill_arcade.bench.served import DidNotHappen, Server
from skill_arcade.bench.verifying import count_mismatches, mismatch_figure

_SEALING_PATIENCE_S = 600.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_VERIFIER = "skill_arcade.dataset.verify_child"  # of its command line; its forks have the same


def measure(*, quick: bool) -> Report:
    """The figures of `skill-arcade bench pipeline`."""
    play_s = 8.0 if quick else 60.0
    report = Report("pipeline", play_s=play_s, games=EIGHT_GAMES)
    bare_us = [measure_bare_act_us(len(EIGHT_GAMES))]
    with server_in_a_folder() as server:
        warm_up(server)
        before = _read_sealer(server)
        crowd = play(server, CrowdSpec(server.url, EIGHT_GAMES, len(EIGHT_GAMES), play_s))
        server.await_sealed([each.episode_id for each in crowd.episodes], _SEALING_PATIENCE_S)
        sealing_s, verifying_s = (after - then for after, then in zip(_read_sealer(server), before, strict=True))
        n_mismatches = None if quick else count_mismatches(server)
    bare_us.append(measure_bare_act_us(len(EIGHT_GAMES)))
    if verifying_s <= 0:
        raise DidNotHappen("nothing was verified, or by processes that are not known here")
    n_steps = sum(each.n_made - 1 for each in crowd.episodes)
    sealing_us, verifying_us = sealing_s / n_steps * 1e6, verifying_s / n_steps * 1e6
    act_us = statistics.mean(bare_us)
    report.add(
        Figure("CPU of sealing a step / bare act", sealing_us / act_us, "", 0.8, 0.5),
        Figure("CPU of verifying a step / bare act", verifying_us / act_us, "", 1.4, 1.15),
        Figure("CPU of sealing a step", sealing_us, "µs"),
        Figure("CPU of verifying a step, its processes' starts included", verifying_us, "µs"),
        Figure("bare act", act_us, "µs"),
        Figure("steps", n_steps, "steps"),
    )
    if n_mismatches is not None:
        report.add(mismatch_figure(n_mismatches))
    return report


def _read_sealer(server: Server) -> tuple[float, float]:
    """CPU seconds of the sealer itself, and of the processes that verify for it, those that have ended included."""
    (sealer,) = server.pids(ROLES["sealer"].rpartition(" ")[2])
    own_s, ended_s = _read_cpu(sealer)
    return own_s, ended_s + sum(sum(_read_cpu(pid)) for pid in server.pids(_VERIFIER))


def _read_cpu(pid: int) -> tuple[float, float]:
    """CPU seconds of a process, and of the children that it has waited for."""
    # The second field is the program's name in parentheses, and may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    own, children = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
    return own / _TICKS_PER_S, children / _TICKS_PER_S
