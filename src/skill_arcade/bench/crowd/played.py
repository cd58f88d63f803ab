"""What the players of a crowd were sent, and what follows from it: rates, gaps, delays. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

PICTURE_ROW = np.dtype([("step", "<i8"), ("arrived_us", "<i8"), ("made_us", "<i8")])
"""One picture that came: its number, when it came, and the time in its header, by the one clock of the machine."""

SAFE_ROW = np.dtype([("came_us", "<i8"), ("here", "<i8"), ("store", "<i8")])
"""One word about safety (LIVE-60): when it came, and how many steps were durable here and in the store."""

_SHORTEST_S = 0.5
"""A stretch shorter than this tells no rate."""


class PlayedEpisode(msgspec.Struct):
    """What one episode's player was sent.

    Attributes:
        episode_id, game_id: of the episode.
        asked_us: when its ticket was asked for.
        rows: a `PICTURE_ROW` for every picture that came, in order, those that came twice included.
        picture_bytes, text_bytes: of messages, WebSocket's own head included.
        answers: int64 for each key, from its sending to the arrival of the first picture that knows of it, in µs.
        n_connections: sockets that it took.
        close: how the last one ended.
        safe: a `SAFE_ROW` for every word about safety.
    """

    episode_id: str = ""
    game_id: str = ""
    asked_us: int = 0
    rows: bytes = b""
    picture_bytes: int = 0
    text_bytes: int = 0
    answers: bytes = b""
    n_connections: int = 0
    close: tuple[int, str] = (1006, "")
    safe: bytes = b""

    @property
    def pictures(self) -> npt.NDArray[np.void]:
        """`PICTURE_ROW` for every picture at its first coming: after a loss of connection the newest comes again."""
        rows = np.frombuffer(self.rows, PICTURE_ROW)
        return rows[np.diff(np.maximum.accumulate(rows["step"]), prepend=-1) > 0]

    @property
    def n_made(self) -> int:
        """Pictures that were made until the last that came, picture 0 included, sent or not."""
        return int(self.pictures["step"][-1]) + 1 if self.rows else 0

    @property
    def n_pictures(self) -> int:
        """Pictures that came."""
        return len(self.pictures)

    @property
    def first_picture_us(self) -> int | None:
        """From before the ticket was asked for to the first picture."""
        return int(self.pictures["arrived_us"][0]) - self.asked_us if self.rows else None

    @property
    def transit_us(self) -> npt.NDArray[np.int64]:
        """Of each picture that a step made, from the time in its header to its arrival."""
        stepped = self.pictures[1:]
        transit: npt.NDArray[np.int64] = stepped["arrived_us"] - stepped["made_us"]
        return transit

    @property
    def told_safe(self) -> npt.NDArray[np.void]:
        """`SAFE_ROW` for every word about safety, in order."""
        return np.frombuffer(self.safe, SAFE_ROW)

    @property
    def answer_us(self) -> npt.NDArray[np.int64]:
        """Of each key."""
        return np.frombuffer(self.answers, "<i8")


def rate_hz(episodes: Sequence[PlayedEpisode], begin_us: int | None = None, end_us: int | None = None) -> float | None:
    """Pictures a second that were made for one player while the games ran, in a span of time; None: they hardly did."""
    n_pictures, running_us = 0, 0
    for episode in episodes:
        stepped = _within(episode.pictures[1:], begin_us, end_us)
        if len(stepped) > 1:
            n_pictures += int(stepped["step"][-1] - stepped["step"][0])
            running_us += int(stepped["arrived_us"][-1] - stepped["arrived_us"][0])
    return n_pictures / running_us * 1e6 if running_us >= _SHORTEST_S * 1e6 else None


def longest_gap_us(episodes: Sequence[PlayedEpisode], begin_us: int, end_us: int) -> int:
    """The longest time between two pictures of an episode, the first of which came in this span; 0 if none did."""
    longest_us = 0
    for episode in episodes:
        arrived_us = episode.pictures[1:]["arrived_us"]
        begins = (arrived_us[:-1] >= begin_us) & (arrived_us[:-1] < end_us)
        longest_us = max(longest_us, int(np.diff(arrived_us)[begins].max(initial=0)))
    return longest_us


def _within(pictures: npt.NDArray[np.void], begin_us: int | None, end_us: int | None) -> npt.NDArray[np.void]:
    arrived_us = pictures["arrived_us"]
    first = 0 if begin_us is None else np.searchsorted(arrived_us, begin_us)
    last = len(pictures) if end_us is None else np.searchsorted(arrived_us, end_us)
    return pictures[first:last]
