"""How many files the processes of a server may have open: supervisor and shipper hold some for every game."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.serving import serving

from skill_arcade.server.serve import MOST_FILES

_, HARD = resource.getrlimit(resource.RLIMIT_NOFILE)

ALLOWED_MANY = """
import resource
from skill_arcade.server import serve

resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
serve._allow_many_files()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@contextmanager
def soft_limit(soft: int) -> Iterator[None]:
    """For now let this process, and those that it starts, have only so many files open."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def read_limits(pid: int) -> list[int]:
    """How many files a process may have open: soft limit, hard limit."""
    name = "Max open files"
    (line,) = [line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if line.startswith(name)]
    return [int(number) for number in line.removeprefix(name).split()[:2]]


def test_every_process_of_a_server_may_have_as_many_files_open_as_the_system_allows(tmp_path: Path) -> None:
    n_open = len(list(Path("/proc/self/fd").iterdir()))  # of this process, which has run other tests before
    with soft_limit(256 + n_open), serving(tmp_path / "data") as server:
        assert server.process is not None
        (nursery,) = server.pids("sessions.process.nursery")
        gateways = server.pids(" gateway ")
        assert gateways
        for pid in (server.process.pid, nursery, *gateways):
            assert read_limits(pid) == [min(HARD, MOST_FILES), HARD]


@pytest.mark.parametrize(
    ("soft", "hard", "raised"),
    [(256, HARD, min(HARD, MOST_FILES)), (256, 512, 512), (512, 512, 512)],
    ids=["hard as it is", "hard is low", "all it may have"],
)
def test_a_limit_of_open_files_is_raised_as_far_as_it_may_be(soft: int, hard: int, raised: int) -> None:
    code = ALLOWED_MANY.format(soft=soft, hard=hard)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert [int(number) for number in run.stdout.split()] == [raised, hard]
