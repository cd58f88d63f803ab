"""What the kernel says of processes that a test looks at."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_DEAD = "ZX"
"""Ended, and only its exit status is left, which whoever started it (or the first process of all) has not asked for."""


def read_state(pid: int) -> str | None:
    """One letter, as in `ps`: R, S, T, Z, ...; None where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def lives(pid: int) -> bool:
    """Whether it can still do anything."""
    return (read_state(pid) or "X") not in _DEAD


def tell_states(pids: Iterable[int]) -> str:
    """State and command of each that there is, for a test that fails."""
    return "\n".join(f"{pid} {read_state(pid)} {_read_command(pid)}" for pid in pids if read_state(pid))


def _read_command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
