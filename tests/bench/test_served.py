from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from tests.waiting import PATIENCE_S, await_true

from skill_arcade.bench.cpu_times import STARTED, read_stat
from skill_arcade.bench.served import DidNotHappen, Server, find_processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="benchmarks read /proc")


def test_without_a_gateway_sessions_cannot_be_asked_for_and_the_servers_last_words_are_told(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.log.write_text("it hurts")
    with pytest.raises(DidNotHappen, match="no gateway of the server runs:\nit hurts"):
        server.sessions()


def test_when_a_process_was_started_is_told_by_the_kernel_itself(tmp_path: Path) -> None:
    """Not by when somebody first looked; and the name of a program may hold anything."""
    program = tmp_path / "a) b ("
    program.symlink_to("/bin/sleep")
    ticks_a_s = os.sysconf("SC_CLK_TCK")
    before = int(time.clock_gettime(time.CLOCK_BOOTTIME) * ticks_a_s)
    with subprocess.Popen([program, "60"]) as process:
        after = time.clock_gettime(time.CLOCK_BOOTTIME) * ticks_a_s
        started = int(read_stat(process.pid)[STARTED])
        process.kill()
    assert before <= started <= after


@pytest.mark.slow
def test_a_benchmark_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    """No process of its server, none of its crowd, and no recording."""
    environment, mine = {**os.environ, "TMPDIR": str(tmp_path)}, f"TMPDIR={tmp_path}"
    command = [sys.executable, "-m", "skill_arcade.cli.main", "bench", "frames", "--quick"]
    try:
        with tempfile.TemporaryFile() as said, subprocess.Popen(command, env=environment, stderr=said) as bench:
            await_true(lambda: len(find_processes(mine, "bench.crowd.crowd")) > 0)
            assert find_processes(mine, "cli.main serve")
            bench.send_signal(signal.SIGTERM)
            assert bench.wait(PATIENCE_S) == 130
            said.seek(0)
            assert said.read() == b""
        await_true(lambda: find_processes(mine) == [], tell=lambda: f"left: {read_commands(find_processes(mine))}")
    finally:
        for pid in find_processes(mine):
            os.kill(pid, signal.SIGKILL)
    assert list(tmp_path.glob("skill-arcade-bench-*")) == []


def read_commands(pids: list[int]) -> list[str]:
    """The command lines of processes that are still there."""
    paths = [Path(f"/proc/{pid}/cmdline") for pid in pids]
    return [path.read_bytes().replace(b"\0", b" ").decode() for path in paths if path.exists()]
