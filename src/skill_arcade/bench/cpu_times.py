"""CPU time of a server's processes, by what they do: the operating system's own account, in nanoseconds."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from skill_arcade.bench.sampling import sampling
from skill_arcade.bench.served import Server

SAMPLE_INTERVAL_S = 0.5
"""A session that ends takes its last figure with it: at most this much of its life is missed."""

ROLES = {
    # Nursery, templates and sessions are forks, with one command line.
    "sessions": "skill_arcade.sessions.process.nursery",
    "gateway": "skill_arcade.server.child_process gateway",
    "shipper": "skill_arcade.server.child_process shipper",
    "sealer": "skill_arcade.server.child_process sealer",
    "supervisor": "skill_arcade.cli.main serve",
}
"""What a process does, to the words of its command line (numbers left out) that tell it."""

STARTED = 19
"""The field of `read_stat` that tells when: clock ticks since the machine was started."""


@dataclass(frozen=True, slots=True)
class CpuSpan:
    """CPU seconds of each role between two samples, and server time of these."""

    first_ns: int
    last_ns: int
    cpu_s: dict[str, float]


class CpuTimes:
    """Follows the processes of one server, those that end included.

    Attributes:
        history: (server time in ns, CPU seconds of each role so far) of every sample, in order.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self.history: list[tuple[int, dict[str, float]]] = []
        # (pid, when it was started) to its role, None if it is none of ours: the kernel gives pids out anew. The times
        # of /proc/PID itself tell only when somebody looked there first: the kernel forgets it when memory is short.
        self._roles: dict[tuple[int, int], str | None] = {}
        self._seen: dict[tuple[int, int], int] = {}

    def sample(self) -> None:
        """Look at every process that there is now."""
        now_ns = time.monotonic_ns()
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                self._look_at(int(entry.name))
        totals = dict.fromkeys(ROLES, 0.0)
        for process, cpu_ns in self._seen.items():
            totals[self._roles[process] or ""] += cpu_ns / 1e9
        self.history.append((now_ns, totals))

    def _look_at(self, pid: int) -> None:
        try:
            process = pid, int(read_stat(pid)[STARTED])
            if process not in self._roles:
                self._roles[process] = self._find_role(pid)
            if self._roles[process] is not None:
                self._seen[process] = read_cpu_ns(pid)
        except OSError:
            return  # it ended this moment

    def _find_role(self, pid: int) -> str | None:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        if f"SKILL_ARCADE_DATA={self._server.data}".encode() not in variables:
            return None
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        command = " ".join(word for word in words if not word.isdigit())
        return next((role for role, mark in ROLES.items() if mark in command), None)

    def between(self, begin_ns: int, end_ns: int) -> CpuSpan | None:
        """From the first sample in this span of server time to the last one; None if there are no two."""
        inside = [sample for sample in self.history if begin_ns <= sample[0] <= end_ns]
        if len(inside) < 2:
            return None
        (first_ns, first), (last_ns, last) = inside[0], inside[-1]
        return CpuSpan(first_ns, last_ns, {role: last[role] - first[role] for role in ROLES})

    @contextmanager
    def following(self) -> Iterator[None]:
        """Sample every now and then, in a thread, until the end of the context, and once more there."""
        with sampling(self.sample, SAMPLE_INTERVAL_S):
            yield
        self.sample()


def read_stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name of the program, which may hold anything: the third and so on."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def read_cpu_ns(pid: int) -> int:
    """CPU nanoseconds of another process, by its clock as clock_getcpuclockid(3) makes it on Linux.

    Raises:
        OSError: there is no such process.
    """
    return time.clock_gettime_ns(~pid << 3 | 2)
