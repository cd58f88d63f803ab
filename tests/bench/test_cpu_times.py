"""The account of a server's processes: between which samples, whose they are, and that the dead still count."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from skill_arcade.bench.cpu_times import ROLES, CpuSpan, CpuTimes
from skill_arcade.bench.served import Server

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="benchmarks read /proc")

S = 1_000_000_000

WAITS = "import sys; print('here', flush=True); sys.stdin.read()"


def make_times(data: Path) -> CpuTimes:
    return CpuTimes(Server(data, port=1))


def make_sampled(data: Path) -> CpuTimes:
    """Samples at 10, 20, 30 and 40 s; sessions take 2, 4, 6 … s of CPU until then, the gateway 1 s in all."""
    times = make_times(data)
    for number in range(1, 5):
        times.history.append((10 * number * S, {**dict.fromkeys(ROLES, 0.0), "sessions": 2.0 * number, "gateway": 1.0}))
    return times


@pytest.mark.parametrize(
    ("begin_s", "end_s", "first_s", "last_s", "sessions_s"),
    [(0, 100, 10, 40, 6.0), (15, 35, 20, 30, 2.0), (20, 40, 20, 40, 4.0)],
    ids=["all samples", "the first and the last inside", "those at the very ends"],
)
def test_a_span_goes_from_the_first_sample_inside_to_the_last(
    tmp_path: Path, begin_s: int, end_s: int, first_s: int, last_s: int, sessions_s: float
) -> None:
    span = make_sampled(tmp_path).between(begin_s * S, end_s * S)
    assert span == CpuSpan(first_s * S, last_s * S, {**dict.fromkeys(ROLES, 0.0), "sessions": sessions_s})


@pytest.mark.parametrize(("begin_s", "end_s"), [(21, 29), (15, 25), (30, 30), (50, 60)])
def test_of_fewer_than_two_samples_nothing_is_told(tmp_path: Path, begin_s: int, end_s: int) -> None:
    assert make_sampled(tmp_path).between(begin_s * S, end_s * S) is None


@linux_only
def test_what_a_process_took_counts_for_its_role_and_still_does_when_it_has_ended(tmp_path: Path) -> None:
    """By the words of its command line, between which there may be numbers."""
    times = make_times(tmp_path / "data")
    command = [sys.executable, "-c", WAITS, "skill_arcade.server.child_process", "7", "gateway", "8"]
    environment = {**os.environ, "SKILL_ARCADE_DATA": str(tmp_path / "data")}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as gateway:
        assert gateway.stdout is not None
        assert gateway.stdout.readline() == b"here\n"
        times.sample()
        gateway.kill()
    times.sample()
    (_, alive), (_, dead) = times.history
    assert alive["gateway"] > 0
    assert sum(alive.values()) == alive["gateway"]
    assert dead == alive


@linux_only
def test_the_processes_of_another_server_are_none_of_ours(tmp_path: Path) -> None:
    times = make_times(tmp_path / "data")
    command = [sys.executable, "-c", WAITS, "skill_arcade.server.child_process", "gateway"]
    environment = {**os.environ, "SKILL_ARCADE_DATA": str(tmp_path / "other")}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as gateway:
        assert gateway.stdout is not None
        assert gateway.stdout.readline() == b"here\n"
        times.sample()
        gateway.kill()
    ((_, totals),) = times.history
    assert totals == dict.fromkeys(ROLES, 0.0)
