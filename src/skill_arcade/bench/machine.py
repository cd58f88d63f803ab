"""The machine that figures were found on, and the versions of what was measured; no names of hosts or people."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    "skill-arcade",
    "ale-py",
    "gymnasium",
    "msgspec",
    "numpy",
    "pyarrow",
    "uvicorn",
    "uvloop",
    "websockets",
    "zstandard",
)


def describe_machine() -> dict[str, str | float]:
    """What decides how fast this machine is; `load_1min` is what others did on it in the last minute."""
    pages, page_bytes = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": _read_cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(pages * page_bytes / 2**30, 1),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "load_1min": round(os.getloadavg()[0], 2),
    }


def _read_cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def describe_versions() -> dict[str, str]:
    """Python, and the packages that are installed of those that are on the way of a frame."""
    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
