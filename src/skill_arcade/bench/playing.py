"""Lets a crowd play on a server and says what it cost: the part that the benchmarks share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from skill_arcade.bench.cpu_times import ROLES, CpuSpan, CpuTimes
from skill_arcade.bench.crowd.crowd import CrowdReport, CrowdSpec
from skill_arcade.bench.crowd.played import rate_hz
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.sampling import looking
from skill_arcade.bench.served import DidNotHappen, Server, serving

LOWEST_RATE_HZ = 59.5
"""Below this a player has not been given sixty ticks a second."""

_QUIET_S = 1.0
_QUIET_CORES = 0.05
_QUIET_PATIENCE_S = 60.0

_ADMITS_ALL = {"admission_cpu_limit": "1", "max_sessions": "1000"}
_ADMITS_BY_HEADROOM = {"max_sessions": "1000"}


@contextmanager
def server_in_a_folder(
    *, admits_all: bool = True, variables: Mapping[str, str] | None = None, **settings: str
) -> Iterator[Server]:
    """A server on data of its own, which are gone afterwards.

    Args:
        admits_all: nobody is refused: what so many players cost is measured by letting them play.
        variables: of its environment, as they are; the commands that look at its recordings have them too.
        settings: by name.
    """
    admission = _ADMITS_ALL if admits_all else _ADMITS_BY_HEADROOM
    with (
        tempfile.TemporaryDirectory(prefix="skill-arcade-bench-") as folder,
        serving(Path(folder) / "data", variables=variables, **admission, **settings) as server,
    ):
        yield server


def play(server: Server, spec: CrowdSpec) -> CrowdReport:
    """Let a crowd play, to its end.

    Raises:
        DidNotHappen: it failed.
    """
    with start_crowd(spec) as crowd:
        return read_report(crowd, server)


def read_report(crowd: subprocess.Popen[bytes], server: Server) -> CrowdReport:
    """Wait until a crowd has left; what it was sent.

    Raises:
        DidNotHappen: it failed.
    """
    out, _ = crowd.communicate()
    if crowd.returncode != 0:
        raise DidNotHappen(f"the crowd failed with status {crowd.returncode}\n{server.log.read_text()[-2000:]}")
    return msgspec.msgpack.decode(out, type=CrowdReport)


@contextmanager
def start_crowd(spec: CrowdSpec, stderr: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """The process of a crowd, which is gone afterwards; for `read_report`. `stderr` is as in `subprocess`."""
    # It ends when our end of this pipe does, however we are ended: while it is being started, say, when there is a
    # process already and nobody who could kill it.
    lifeline, ours = os.pipe()
    words = [str(lifeline), msgspec.json.encode(spec).decode()]
    command = [sys.executable, "-m", "skill_arcade.bench.crowd.crowd", *words]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, pass_fds=[lifeline]) as crowd:
            try:
                yield crowd
            finally:
                crowd.kill()
    finally:
        os.close(lifeline)
        os.close(ours)


def warm_up(server: Server, games: tuple[str, ...] = EIGHT_GAMES, *, settles: bool = True) -> None:
    """Let each game be begun by two players: loading it belongs to another benchmark.

    Args:
        server: where.
        games: which.
        settles: wait until templates have made what they keep at hand for the next players, some seconds of work.
    """
    play(server, CrowdSpec(server.url, games, n_players=2 * len(games), play_s=1.0))
    if settles:
        _await_quiet(server)


def _await_quiet(server: Server) -> None:
    cpu = CpuTimes(server)
    cpu.sample()
    deadline_s = time.monotonic() + _QUIET_PATIENCE_S
    while time.monotonic() < deadline_s:
        time.sleep(_QUIET_S)
        cpu.sample()
        (before_ns, before), (now_ns, now) = cpu.history[-2:]
        if (now["sessions"] - before["sessions"]) / (now_ns - before_ns) * 1e9 < _QUIET_CORES:
            return


def play_and_account(server: Server, spec: CrowdSpec, look: Callable[[], None]) -> tuple[CrowdReport, CpuSpan | None]:
    """Let a crowd play; what it was sent, and the CPU of all processes while all of it was there.

    Args:
        server: where.
        spec: who.
        look: called once, when all have come and played for half of their time.
    """
    cpu = CpuTimes(server)
    halfway_s = spec.n_players * spec.apart_s + spec.play_s / 2
    with cpu.following(), looking(look, halfway_s):
        report = play(server, spec)
    settle_ns = round(_QUIET_S * 1e9)
    return report, cpu.between(report.began_us * 1000 + settle_ns, report.ended_us * 1000 - settle_ns)


def rates_hz(report: CrowdReport) -> list[float]:
    """Pictures a second that were made for each player, while the player's games ran; 0 for one who saw hardly any."""
    return [rate_hz(episodes) or 0.0 for episodes in report.players]


def measure_bare_act_us(n_emulators: int) -> float:
    """Microseconds of CPU of one bare `act` (see `bare_act`), in a process of its own, now."""
    command = [sys.executable, "-m", "skill_arcade.bench.bare_act", str(n_emulators)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return float(json.loads(answer.stdout)["act_us"])


def cpu_us_of_a_frame(report: CrowdReport, span: CpuSpan) -> dict[str, float]:
    """Microseconds of CPU of one picture, by role; that of the crowd itself as `crowd`."""
    # Every player's rate is even, and known.
    rate = sum(rates_hz(report))
    n_pictures = rate * (span.last_ns - span.first_ns) / 1e9
    n_crowd = rate * (report.ended_us - report.began_us) / 1e6
    return {role: span.cpu_s[role] / n_pictures * 1e6 for role in ROLES} | {"crowd": report.cpu_s / n_crowd * 1e6}
