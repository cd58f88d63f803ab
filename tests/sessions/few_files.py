"""A process that has come to the end of its files: what a fork and a socket need can then not be had."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path


def count_files(process: int) -> int:
    """How many descriptors the process has."""
    return len(_read_numbers(process))


def _read_numbers(process: int) -> set[int]:
    return {int(each.name) for each in Path(f"/proc/{process}/fd").iterdir()}


@contextmanager
def few_files(process: int, n_free: int) -> Iterator[None]:
    """For a while the process can open so many descriptors more."""
    used = _read_numbers(process)
    free = (number for number in count() if number not in used)
    (limit,) = islice(free, n_free, n_free + 1)
    before = resource.prlimit(process, resource.RLIMIT_NOFILE)
    resource.prlimit(process, resource.RLIMIT_NOFILE, (limit, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_NOFILE, before)
