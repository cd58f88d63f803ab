"""Posts how a process does, once a second."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from skill_arcade.server.metrics.facts import facts_of
from skill_arcade.server.status_board import StatusBoard

POST_INTERVAL_S = 1.0


class Poster:
    """One process's place on the board. What it posts from is asked anew each time."""

    def __init__(
        self,
        board: StatusBoard,
        process: str,
        describe: Callable[[], object],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Post nothing yet.

        Args:
            board: of the server.
            process: its name there.
            describe: how it does; see `facts_of`.
            monotonic_s: a clock.
        """
        self._board = board
        self._process = process
        self._describe = describe
        self._monotonic_s = monotonic_s
        self._due_s = monotonic_s()

    def post(self) -> None:
        """Post now."""
        self._board.post(self._process, facts_of(self._describe()))

    def post_if_due(self) -> None:
        """Post, if the last time is a second ago: for a loop that comes by often, and hangs where its work does."""
        now_s = self._monotonic_s()
        if now_s >= self._due_s:
            self._due_s = now_s + POST_INTERVAL_S
            self.post()

    def post_until(self, stop: threading.Event) -> None:
        """Post until `stop` is set: for a thread beside work that takes long."""
        while not stop.is_set():
            self.post()
            stop.wait(POST_INTERVAL_S)

    async def post_forever(self) -> None:
        """Post until cancelled: for an event loop, which is asked in its own thread and never waits for the file."""
        while True:
            await asyncio.to_thread(self._board.post, self._process, facts_of(self._describe()))
            await asyncio.sleep(POST_INTERVAL_S)
