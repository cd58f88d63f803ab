"""What is asked of a store, and how many puts that makes for an hour of play."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from skill_arcade.bench.durability.elsewhere import Endpoint
from skill_arcade.bench.durability.request_counter import Kind

N_PLAYERS = 50
"""Who share the segments of one server, where puts are told for a player."""

EPISODE_MINUTES = 20.0
"""Assumed of those who play for real, as in docs/explanation/scaling.md: the longer an episode, the fewer puts."""


@dataclass(frozen=True, slots=True)
class Requests:
    """Every request that was made.

    Attributes:
        made: server time in µs, and kind.
    """

    made: tuple[tuple[int, Kind], ...]

    def count(self, begin_us: int = 0, end_us: int | None = None) -> Counter[Kind]:
        """How many of each kind in a span of time."""
        return Counter(kind for at_us, kind in self.made if at_us >= begin_us and (end_us is None or at_us < end_us))


@dataclass(frozen=True, slots=True)
class PlayerHour:
    """Puts for an hour of one of `N_PLAYERS` players of a server.

    Attributes:
        segments: combined segments of journals.
        sealed: files of sealed episodes, if each takes `EPISODE_MINUTES`; None where none was sealed.
    """

    segments: float
    sealed: float | None

    @property
    def all(self) -> float | None:
        """Both."""
        return None if self.sealed is None else self.segments + self.sealed


def compute_player_hour(requests: Requests, begin_us: int, end_us: int) -> PlayerHour:
    """What was counted, for an hour.

    A server puts as many segments for one player as for fifty, so those of a span in which people play all the time are
    shared out; the files of an episode are counted from the first to the last, whenever they come.

    Args:
        requests: all of them.
        begin_us: server time from which on somebody played all the time.
        end_us: until when.
    """
    n_segments = requests.count(begin_us, end_us)[Kind.PUT_SEGMENT]
    segments = n_segments / (end_us - begin_us) * 3600e6 / N_PLAYERS
    counts = requests.count()
    n_sealed = counts[Kind.PUT_EPISODE]
    if n_sealed == 0:
        return PlayerHour(segments, None)
    return PlayerHour(segments, (counts[Kind.PUT_TABLE] + n_sealed) / n_sealed * 60 / EPISODE_MINUTES)


def parse_requests(text: str) -> Requests:
    """Read what `request_counter` has noted; a line that is not whole yet is left out."""
    lines = [line.split(" ") for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return Requests(tuple((int(at_us), Kind(kind.strip())) for at_us, kind in lines))


class RequestCounter:
    """A running `request_counter`.

    Attributes:
        pid: of its process.
        url: where it is spoken to instead of the store.
    """

    def __init__(self, pid: int, port: int, log: Path) -> None:
        self.pid = pid
        self.url = f"http://127.0.0.1:{port}"
        self._log = log

    def read(self) -> Requests:
        """What has been asked so far."""
        return parse_requests(self._log.read_text(encoding="ascii"))


@contextmanager
def counting(endpoint: Endpoint) -> Iterator[RequestCounter]:
    """Count what is asked of an emulator by whoever speaks to the counter; its process is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="skill-arcade-bench-") as folder:
        log = Path(folder) / "requests"
        arguments = [endpoint.host, str(endpoint.port), str(log)]
        command = [sys.executable, "-m", "skill_arcade.bench.durability.request_counter", *arguments]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            try:
                assert process.stdout is not None
                yield RequestCounter(process.pid, int(process.stdout.readline()), log)
            finally:
                process.kill()
