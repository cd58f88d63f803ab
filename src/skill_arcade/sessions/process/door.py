"""A room as its template knows it: a socket through which newcomers are sent, and who is behind it."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from skill_arcade.sessions.fd_passing import send_with_descriptors
from skill_arcade.sessions.process.stock import key_of
from skill_arcade.sessions.process.words import NOBODY_RETURNS, Hearing
from skill_arcade.sessions.readable import await_readable

MAX_SEATS = 25
"""How many may play in one room at once."""

RETURN_S = 60.0
"""For how long the players of a room that died are expected in its stand-by."""

DEATH_PATIENCE_S = 2.0
"""How long the death of a room is awaited of which a session has died."""

_LONGEST = 256
_MAX_DESCRIPTORS = 8


class Door:
    """The template's end.

    Attributes:
        line: newcomers go there.
        phase: when the room ticks, as a part of a sixtieth of a second.
        expires_s: of the stand-by of a room that died, when to call `expire`; monotonic.
    """

    def __init__(self, line: socket.socket, phase: float, n_left: Mapping[str, int]) -> None:
        """Of a room that was forked just now.

        Args:
            line: to it.
            phase: of its ticks.
            n_left: how many environments that nobody has stepped it has of each game, by `key_of`.
        """
        self.line = line
        self.phase = phase
        self.expires_s: float | None = None
        self._n_left = Counter(n_left)
        self._seated: set[str] = set()  # episodes
        self._hearing = Hearing()
        self._stand_by: socket.socket | None = None  # the newest one's own door
        self._returning: set[str] = set()  # of a stand-by whose room has died, the episodes that may go on in it

    @property
    def n_seated(self) -> int:
        """Who has come and not left, and who may come back: their seats are kept."""
        return len(self._seated) + len(self._returning)

    def takes(self, request: Mapping[str, Any]) -> bool:
        """Whether there is a seat for who asks."""
        spec = request["spec"]
        # Resuming makes steps again for seconds: nobody else is to wait for that.
        if spec["provenance"] is None:
            return spec["episode_id"] in self._returning
        return self.n_seated < MAX_SEATS and self._n_left[key_of(request["environment"])] > 0

    def send(self, request: Mapping[str, Any], lifeline: int) -> None:
        """Send somebody in.

        Raises:
            OSError: the room died just now.
        """
        send_with_descriptors(self.line, dict(request), [lifeline])
        episode_id = request["spec"]["episode_id"]
        if episode_id not in self._returning:
            self._n_left[key_of(request["environment"])] -= 1
        self._seated.add(episode_id)
        self._returning.discard(episode_id)

    def hear(self) -> bool:
        """Read what the room says; False when there is no more to expect of it."""
        try:
            words, descriptors, _, _ = socket.recv_fds(self.line, _LONGEST, _MAX_DESCRIPTORS)
        except ConnectionResetError:
            words, descriptors = b"", []
        for descriptor in descriptors:
            if self._stand_by is not None:
                self._stand_by.close()
            self._stand_by = socket.socket(fileno=descriptor)
        if not words:
            return self._turn_to_stand_by()
        self._hearing.take(words)
        self._seated.difference_update(map(str, self._hearing.left))
        self._hearing.left.clear()
        if self.n_seated:
            # It does not know of those who are on their way to it, or may come back.
            self._hearing.is_over = False
        return not self._hearing.is_over

    def hear_death_of(self, episode_id: str) -> bool:
        """Somebody asks for an episode again that is played here: so the room died, and may still be closing its files.

        Returns:
            False when there is no more to expect of it.
        """
        deadline_s = time.monotonic() + DEATH_PATIENCE_S
        while episode_id in self._seated and (left_s := deadline_s - time.monotonic()) > 0:
            if await_readable([self.line], left_s) and not self.hear():
                return False
        return True

    def _turn_to_stand_by(self) -> bool:
        """The room died. Its newest stand-by takes its place, if there is one."""
        self.line.close()
        if self._stand_by is None:
            return False
        self.line, self._stand_by, self._hearing = self._stand_by, None, Hearing()
        self._returning |= self._seated
        self._seated.clear()
        self.expires_s = time.monotonic() + RETURN_S
        return True

    def expire(self) -> bool:
        """Expect nobody back any more.

        Returns:
            False when there is no more to expect of the stand-by: nobody plays in it.
        """
        self.expires_s = None
        self._returning.clear()
        # One that died just now is heard of next.
        with suppress(OSError):
            send_with_descriptors(self.line, {NOBODY_RETURNS: True}, [])
        return bool(self._seated)

    def close(self) -> None:
        """Expect nothing more."""
        self.line.close()
        if self._stand_by is not None:
            self._stand_by.close()
