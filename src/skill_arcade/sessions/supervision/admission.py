"""Who may begin a new episode: places are promised with the ticket, before anybody waits on a socket.

Whoever comes back to an episode needs a place that is not promised, and is not asked about the processors.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from skill_arcade.sessions.supervision.control import Capacity
from skill_arcade.sessions.supervision.cpu import read_cpu_uses, read_monotonic_s, read_process_uses
from skill_arcade.sessions.supervision.cpu_share import compute_cpu_share
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


@dataclass(frozen=True, slots=True)
class _Promise:
    """A place for one new episode, until a time of the clock."""

    episode_id: UUID
    until_s: float


@dataclass(frozen=True, slots=True)
class AdmissionStatus:
    """Whether more may come, and how often that was denied.

    Attributes:
        max_sessions: places in all.
        n_promised: places that wait for somebody who has a ticket.
        has_room: one more new episode might begin now.
        cpu_share: of the processors' time, as much as is used of the scarcest: 0 to 1; None where it is not measured.
        n_refused: since the start: for want of places ("full"), and of the processors' time ("busy").
    """

    max_sessions: int
    n_promised: int
    has_room: bool
    cpu_share: float | None
    n_refused: Mapping[str, int]


class Admission:
    """Counts places, taken and promised, and asks whether the processors have room for another."""

    def __init__(self, headroom: Headroom, max_sessions: int, clock: Callable[[], float] = read_monotonic_s) -> None:
        self._headroom = headroom
        self._max_sessions = max_sessions
        self._clock = clock
        # One for each person: whoever asks again, with a page loaded anew, say, means the new episode.
        self._promised: dict[UUID, _Promise] = {}
        self._why = ""
        # When somebody was refused. Those that wait come again by themselves, so this counts them.
        self._refused: deque[float] = deque(maxlen=_LONGEST_RETRY_S * _RETRIES_PER_S)
        self._retry_after_s = _RETRY_AFTER_S
        self._n_refused = {FULL: 0, BUSY: 0}
        self._measured: Measurement | None = None
        self._cpu_share: float | None = None

    def measure(self, sessions: Mapping[UUID, Session]) -> None:
        """Look at the processors and at every session that is open; to be done every second or so."""
        seats = {
            each.episode_id: SeatUse(each.pid, each.n_steps)
            for each in sessions.values()
            # Before it is open it is loaded or rebuilt, which says nothing of what playing takes.
            if each.pid is not None and each.ready.done()
        }
        processes = read_process_uses({seat.pid for seat in seats.values()})
        before, self._measured = self._measured, Measurement(self._clock(), read_cpu_uses(), processes, seats)
        self._headroom.observe(self._measured)
        if before is not None:
            self._cpu_share = compute_cpu_share(before, self._measured)

    def describe(self, sessions: Mapping[UUID, Session]) -> AdmissionStatus:
        """How it stands; promises nothing."""
        self._forget_expired()
        return AdmissionStatus(
            max_sessions=self._max_sessions,
            n_promised=len(self._promised),
            has_room=not self._find_obstacle(len(self._promised), sessions),
            cpu_share=self._cpu_share,
            n_refused={"full": self._n_refused[FULL], "busy": self._n_refused[BUSY]},
        )

    def count(self, sessions: Mapping[UUID, Session]) -> Capacity:
        """Whether one more session may be held at all, besides those for which there are promises."""
        self._forget_expired()
        return self._answer(len(sessions), FULL if self._is_full(len(self._promised), sessions) else "")

    def admit(self, episode_id: UUID, person_id: UUID, sessions: Mapping[UUID, Session]) -> Capacity:
        """Whether this person may begin this new episode; if so, a place is promised for as long as its ticket is good.

        What was promised to the same person before is not any more: nobody keeps others out by asking again and again.
        """
        self._forget_expired()
        n_others = len(self._promised) - (person_id in self._promised)
        why = self._find_obstacle(n_others, sessions)
        if why != self._why:
            log.info("%d sessions, %d more promised: %s", len(sessions), n_others, why or "room again")
            self._why = why
        if why:
            self._n_refused[why] += 1
            self._note_refusal(self._clock())
        else:
            self._promised[person_id] = _Promise(episode_id, self._clock() + _KEPT_FOR_S)
        return self._answer(len(sessions), why)

    def begin(self, episode_id: UUID, sessions: Mapping[UUID, Session], *, is_new: bool) -> Capacity:
        """Whether a session may be made for this episode now: in the place that was promised to it, or in a free one.

        A new episode whose promise went to a later one of the same person may begin if it would be admitted now.
        """
        self._forget_expired()
        for person_id, promise in self._promised.items():
            if promise.episode_id == episode_id:
                del self._promised[person_id]
                return self._answer(len(sessions), "")
        n_promised = len(self._promised)
        if is_new:
            why = self._find_obstacle(n_promised, sessions)
        else:
            why = FULL if self._is_full(n_promised, sessions) else ""
        if why:
            self._n_refused[why] += 1
        return self._answer(len(sessions), why)

    def _forget_expired(self) -> None:
        now_s = self._clock()
        self._promised = {who: promise for who, promise in self._promised.items() if promise.until_s > now_s}

    def _is_full(self, n_promised: int, sessions: Mapping[UUID, Session]) -> bool:
        return len(sessions) + n_promised >= self._max_sessions

    def _find_obstacle(self, n_promised: int, sessions: Mapping[UUID, Session]) -> str:
        """Why no new episode may begin besides so many that have a promise; empty if it may."""
        if self._is_full(n_promised, sessions):
            return FULL
        n_unmeasured = n_promised + sum(not self._headroom.knows(each) for each in sessions)
        return "" if self._headroom.has_room(n_unmeasured) else BUSY

    def _answer(self, n_sessions: int, why: str) -> Capacity:
        return Capacity(n_sessions, not why, why, self._retry_after_s)

    def _note_refusal(self, now_s: float) -> None:
        self._refused.append(now_s)
        n_waiting = sum(now_s - each < self._retry_after_s for each in self._refused)
        self._retry_after_s = min(max(_RETRY_AFTER_S, n_waiting // _RETRIES_PER_S), _LONGEST_RETRY_S)
