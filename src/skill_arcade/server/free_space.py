"""How much room there is for recordings, on a disk or in memory."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MEMORY_DISKS = frozenset({"tmpfs", "ramfs"})


@dataclass(frozen=True, slots=True)
class MemoryFiles:
    """Where the system tells of memory and of what lies in it.

    Attributes:
        mounts: file systems and their kinds.
        memory: what the machine has left.
        membership: the cgroup (version 2) of this process.
        cgroups: where these are mounted.
    """

    mounts: Path = Path("/proc/mounts")
    memory: Path = Path("/proc/meminfo")
    membership: Path = Path("/proc/self/cgroup")
    cgroups: Path = Path("/sys/fs/cgroup")


FILES = MemoryFiles()


def read_free_bytes(folder: Path, files: MemoryFiles | None = None) -> int:
    """Bytes that may still be written below a folder.

    In memory that is no more than what programs may still have: a file system there may claim to be larger, and whoever
    fills it is killed before being told that it is full.
    """
    files = files or FILES
    free_bytes = shutil.disk_usage(folder).free
    memory_bytes = read_memory_bytes(files) if lies_in_memory(folder, files) else None
    return free_bytes if memory_bytes is None else min(free_bytes, memory_bytes)


def lies_in_memory(folder: Path, files: MemoryFiles | None = None) -> bool:
    """Whether what is in a folder is lost with the machine's power; False where the system does not tell."""
    try:
        mounts = [line.split() for line in (files or FILES).mounts.read_text("utf-8", "replace").splitlines()]
    except OSError:
        return False
    place = folder.resolve()
    above = {str(place), *map(str, place.parents)}
    found = [(len(at), n, kind) for n, (_device, at, kind, *_) in enumerate(mounts) if at in above]
    return bool(found) and max(found)[2] in _MEMORY_DISKS  # of two at one place the later one is seen


def read_memory_bytes(files: MemoryFiles | None = None) -> int | None:
    """Bytes that programs may still have, on the machine and in each cgroup around this process; None if unknown."""
    files = files or FILES
    return min([*_read_machine(files), *_read_cgroups(files)], default=None)


def _read_machine(files: MemoryFiles) -> Iterator[int]:
    with contextlib.suppress(OSError, KeyError):
        facts = dict(line.split(":", 1) for line in files.memory.read_text("ascii").splitlines())
        yield int(facts["MemAvailable"].split()[0]) * 1024


def _read_cgroups(files: MemoryFiles) -> Iterator[int]:
    for folder in _find_cgroups(files):
        with contextlib.suppress(OSError, ValueError, KeyError):  # "max" is no limit, and no number
            most = int((folder / "memory.max").read_text())
            used = int((folder / "memory.current").read_text())
            facts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            # Copies of what is on a disk make room for whoever needs it.
            yield max(0, most - used + int(facts["inactive_file"]))


def _find_cgroups(files: MemoryFiles) -> Iterator[Path]:
    try:
        lines = files.membership.read_text().splitlines()
    except OSError:
        return
    for own in (line[3:].strip("/") for line in lines if line.startswith("0::")):
        place = files.cgroups / own
        yield place
        if own:
            yield from (above for above in place.parents if above.is_relative_to(files.cgroups))
