"""Who may begin a new episode: places are promised with the ticket, before anybody waits on a socket.

Whoever comes back to an episode is not asked here.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from skill_arcade.sessions.supervision.control import Capacity
from skill_arcade.sessions.supervision.cpu import read_cpu_uses, read_monotonic_s, read_process_uses
from skill_arcade.sessions.supervision.headroom import Headroom, Measurement, SeatUse
from skill_arcade.sessions.supervision.session import Session
from skill_arcade.wire.limits import HELLO_TIMEOUT_S, TICKET_LIFETIME_S

log = logging.getLogger(__name__)

FULL: Final = "All places are taken at the moment; please try again in a minute."
BUSY: Final = "One more game now would slow down those that are being played; please try again in a minute."

_KEPT_FOR_S: Final = TICKET_LIFETIME_S + HELLO_TIMEOUT_S
"""A promise that was not made use of by then never will be."""

_RETRY_AFTER_S: Final = 10
_LONGEST_RETRY_S: Final = 60
_RETRIES_PER_S: Final = 5
"""However many wait: asking must not itself slow down the games that are played."""


class Admission:
    """Counts places, taken and promised, and asks whether the processors have room for another."""

    def __init__(self, headroom: Headroom, max_sessions: int, clock: Callable[[], float] = read_monotonic_s) -> None:
        self._headroom = headroom
        self._max_sessions = max_sessions
        self._clock = clock
        self._promised: dict[UUID, float] = {}
        self._why = ""
        # When somebody was refused. Those that wait come again by themselves, so this counts them.
        self._refused: deque[float] = deque(maxlen=_LONGEST_RETRY_S * _RETRIES_PER_S)
        self._retry_after_s = _RETRY_AFTER_S

    def measure(self, sessions: Mapping[UUID, Session]) -> None:
        """Look at the processors and at every session that is open; to be done every second or so."""
        seats = {
            each.episode_id: SeatUse(each.pid, each.n_steps)
            for each in sessions.values()
            # Before it is open it is loaded or rebuilt, which says nothing of what playing takes.
            if each.pid is not None and each.ready.done()
        }
        processes = read_process_uses({seat.pid for seat in seats.values()})
        self._headroom.observe(Measurement(self._clock(), read_cpu_uses(), processes, seats))

    def count(self, sessions: Mapping[UUID, Session]) -> Capacity:
        """Whether one more session may be held at all."""
        return self._answer(len(sessions), "" if len(sessions) < self._max_sessions else FULL)

    def admit(self, episode_id: UUID, sessions: Mapping[UUID, Session]) -> Capacity:
        """Whether this new episode may begin; if so, a place is promised to it for as long as its ticket is good."""
        now_s = self._clock()
        self._promised = {each: until_s for each, until_s in self._promised.items() if until_s > now_s}
        n_taken = len(sessions) + len(self._promised)
        n_unmeasured = len(self._promised) + sum(not self._headroom.knows(each) for each in sessions)
        has_room = self._headroom.has_room(n_unmeasured)
        why = FULL if n_taken >= self._max_sessions else "" if has_room else BUSY
        if why != self._why:
            log.info("%d sessions, %d more promised: %s", len(sessions), len(self._promised), why or "room again")
            self._why = why
        if why:
            self._note_refusal(now_s)
        else:
            self._promised[episode_id] = now_s + _KEPT_FOR_S
        return self._answer(len(sessions), why)

    def begin(self, episode_id: UUID) -> None:
        """A session is made for this episode, so nothing need be promised to it any more."""
        self._promised.pop(episode_id, None)

    def _answer(self, n_sessions: int, why: str) -> Capacity:
        return Capacity(n_sessions, not why, why, self._retry_after_s)

    def _note_refusal(self, now_s: float) -> None:
        self._refused.append(now_s)
        n_waiting = sum(now_s - each < self._retry_after_s for each in self._refused)
        self._retry_after_s = min(max(_RETRY_AFTER_S, n_waiting // _RETRIES_PER_S), _LONGEST_RETRY_S)
