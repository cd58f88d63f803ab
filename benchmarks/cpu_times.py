"""CPU time of a server's processes, by what they do, from /proc/<pid>/stat."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.serving import Server

SAMPLE_INTERVAL_S = 0.2
"""A session that ends takes its last figure with it: at most this much of its life is missed."""

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")

ROLES = {
    "sessions": "skill_arcade.sessions.nursery",  # nursery, templates and sessions are forks, with one command line
    "gateway": "skill_arcade.server.child_process gateway",
    "shipper": "skill_arcade.server.child_process shipper",
    "sealer": "skill_arcade.server.child_process sealer",
    "supervisor": "skill_arcade.cli.main serve",
}
"""What a process does, to the words of its command line (numbers left out) that tell it."""


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
        # (pid, when it was started, role) to CPU seconds: the kernel gives pids out anew.
        self._seen: dict[tuple[int, str, str], float] = {}

    def sample(self) -> None:
        """Look at every process that there is now."""
        now_ns = time.monotonic_ns()
        for pid in self._server.pids():
            try:
                role = _find_role(pid)
                if role is not None:
                    started, cpu_s = _read_stat(pid, with_children=role == "sealer")
                    self._seen[pid, started, role] = cpu_s
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended this moment
        totals = dict.fromkeys(ROLES, 0.0)
        for (_, _, role), cpu_s in self._seen.items():
            totals[role] += cpu_s
        self.history.append((now_ns, totals))

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
        stop = threading.Event()

        def follow() -> None:
            while not stop.wait(SAMPLE_INTERVAL_S):
                self.sample()

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self.sample()


def _find_role(pid: int) -> str | None:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    command = " ".join(word for word in words if not word.isdigit())
    return next((role for role, mark in ROLES.items() if mark in command), None)


def _read_stat(pid: int, *, with_children: bool) -> tuple[str, float]:
    """When a process was started, in the kernel's own words, and its CPU seconds.

    With children: the sealer replays each episode in a child and waits for it, so the child's time becomes its own.
    """
    # The second field is the program's name in parentheses, and may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    n_ticks = sum(int(field) for field in fields[11 : 15 if with_children else 13])
    return fields[19], n_ticks / _TICKS_PER_S
