"""Reads how busy this machine's processors are, and what each process has had of them; nothing but on Linux."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from skill_arcade.sessions.supervision.headroom import CpuUse, ProcessUse

_PROC = Path("/proc")
_CGROUPS = Path("/sys/fs/cgroup")
_NS_PER_S = 1_000_000_000

# The columns of /proc/stat, "cpu0" itself being the first.
_USER, _SYSTEM, _IRQ, _SOFTIRQ, _STEAL = 1, 3, 6, 7, 8


def read_cpu_uses() -> dict[str, CpuUse]:
    """The processors that this process may run on, and the share of them that each cgroup above it grants, if any does.

    By a name that is the same at every reading; empty where nothing can be read.
    """
    uses: dict[str, CpuUse] = {}
    if hasattr(os, "sched_getaffinity"):
        try:
            text = (_PROC / "stat").read_text(encoding="ascii")
        except OSError:
            return uses
        uses["processors"] = parse_stat(text, os.sched_getaffinity(0), os.sysconf("SC_CLK_TCK"))
        uses.update(read_quotas(_PROC / "self" / "cgroup", _CGROUPS))
    return uses


def parse_stat(text: str, cores: Collection[int], ticks_per_s: int) -> CpuUse:
    """CPU time of some cores, by /proc/stat.

    Time of niced processes is left out: sealing, verifying and examining make way for whoever plays. Stolen time is
    not: another machine on the same hardware has it.
    """
    ticks = 0
    for line in text.splitlines():
        name, *_ = columns = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cores:
            ticks += sum(int(columns[each]) for each in (_USER, _SYSTEM, _IRQ, _SOFTIRQ, _STEAL))
    return CpuUse(ticks / ticks_per_s, len(cores))


def read_quotas(membership: Path, cgroups: Path) -> Iterator[tuple[str, CpuUse]]:
    """The cgroups (version 2) whose CPU time is limited, this process's own and those above it, and what they used.

    Niced processes are counted here: what they use is gone from the quota for everybody in it.

    Args:
        membership: /proc/self/cgroup.
        cgroups: where they are mounted.
    """
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), None)
    if own is None:
        return
    for folder in _up_from(cgroups / own, cgroups):
        try:
            quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
            usage = (folder / "cpu.stat").read_text(encoding="ascii").split()
        except (OSError, ValueError):
            continue  # the topmost one has no such files
        if quota != "max":
            yield str(folder), CpuUse(int(usage[usage.index("usage_usec") + 1]) / 1e6, int(quota) / int(period))


def _up_from(folder: Path, root: Path) -> Iterator[Path]:
    while folder != root and folder.is_relative_to(root):
        yield folder
        folder = folder.parent
    yield root


def read_process_uses(pids: Iterable[int]) -> dict[int, ProcessUse]:
    """What each process had of the processors, and how long it waited for them; one that is gone is left out."""
    uses: dict[int, ProcessUse] = {}
    for pid in pids:
        try:
            text = (_PROC / str(pid) / "schedstat").read_text(encoding="ascii")
        except OSError:
            continue
        ran_ns, waited_ns, n_turns = map(int, text.split())
        uses[pid] = ProcessUse(ran_ns / _NS_PER_S, waited_ns / _NS_PER_S, n_turns)
    return uses


def read_monotonic_s() -> float:
    """The clock of measurements."""
    return time.monotonic()
