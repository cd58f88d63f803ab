"""Lets a crowd play on a server and says what it cost: the part that the benchmarks share."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from skill_arcade.bench.cpu_times import ROLES, CpuSpan, CpuTimes
from skill_arcade.bench.crowd import CrowdReport, CrowdSpec
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.served import DidNotHappen, Server, serving

_QUIET_S = 1.0


@contextmanager
def server_in_a_folder(**settings: str) -> Iterator[Server]:
    """A server on data of its own, which are gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="skill-arcade-bench-") as folder,
        serving(Path(folder) / "data", variables=None, **settings) as server,
    ):
        yield server


def play(server: Server, spec: CrowdSpec) -> CrowdReport:
    """Let a crowd play, to its end.

    Raises:
        DidNotHappen: it failed.
    """
    with start_crowd(spec) as crowd:
        out, _ = crowd.communicate()
    if crowd.returncode != 0:
        raise DidNotHappen(f"the crowd failed with status {crowd.returncode}\n{server.log.read_text()[-2000:]}")
    return msgspec.json.decode(out, type=CrowdReport)


def start_crowd(spec: CrowdSpec) -> subprocess.Popen[bytes]:
    """The process of a crowd; `CrowdReport` comes from its standard output."""
    command = [sys.executable, "-m", "skill_arcade.bench.crowd", msgspec.json.encode(spec).decode()]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def warm_up(server: Server, games: tuple[str, ...] = EIGHT_GAMES) -> None:
    """Let each game be begun once: loading it belongs to another benchmark."""
    play(server, CrowdSpec(server.url, games, n_players=len(games), play_s=1.0))


def play_and_account(
    server: Server, spec: CrowdSpec, look: Callable[[], None] | None = None
) -> tuple[CrowdReport, CpuSpan | None]:
    """Let a crowd play; what it was sent, and the CPU of all processes while all of it was there.

    Args:
        server: where.
        spec: who.
        look: called once, when all have come and played for half of their time.
    """
    cpu = CpuTimes(server)
    looking = threading.Timer(spec.n_players * spec.apart_s + spec.play_s / 2, look or (lambda: None))
    looking.start()
    with cpu.following():
        report = play(server, spec)
    looking.join()
    settle_ns = round(_QUIET_S * 1e9)
    return report, cpu.between(report.began_us * 1000 + settle_ns, report.ended_us * 1000 - settle_ns)


def rates_hz(report: CrowdReport) -> list[float]:
    """Pictures a second that were made for each player, while the player's games ran; 0 for one who saw none."""
    rates = []
    for episodes in report.players:
        running_s = sum(each.running_us for each in episodes) / 1e6
        n_pictures = sum(each.running_pictures + each.n_skipped for each in episodes)
        rates.append(n_pictures / running_s if running_s else 0.0)
    return rates


def measure_bare_act_us(n_emulators: int) -> float:
    """Microseconds of CPU of one bare `act` (see `bare_act`), in a process of its own, now."""
    command = [sys.executable, "-m", "skill_arcade.bench.bare_act", str(n_emulators)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return float(json.loads(answer.stdout)["act_us"])


def cpu_us_of_a_frame(report: CrowdReport, span: CpuSpan) -> dict[str, float]:
    """Microseconds of CPU of one picture, by role."""
    # Every player's rate is even, and known.
    n_pictures = sum(rates_hz(report)) * (span.last_ns - span.first_ns) / 1e9
    return {role: span.cpu_s[role] / n_pictures * 1e6 for role in ROLES}
