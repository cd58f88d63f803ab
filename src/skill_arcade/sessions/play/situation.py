"""Where an episode stands, since when and until when: ready, running, paused, ended (LIVE.md section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from skill_arcade.wire.from_server import PauseReason, State, StateName
from skill_arcade.wire.limits import SHORT_LOSS_S, SUGGESTED_COUNTDOWN_MS

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000

Due = Literal["resume", "limit"]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an episode may stand still.

    Attributes:
        attended_ns: while a client is connected; then it ends with `paused_too_long`.
        unattended_ns: while none is; then it ends with `abandoned`.
    """

    attended_ns: int
    unattended_ns: int


class Situation:
    """The states of LIVE-20 and their clocks; times are server time in ns.

    Attributes:
        state: where it stands.
        is_running: whether steps may happen.
        reason: of a pause.
        resumes_at_ns: the end of a countdown, None while there is none.
        lost_at_ns: since when nobody has been connected; None while somebody is.
    """

    def __init__(
        self, *, started: bool, active_ns: int, patience: Patience, now_ns: int, last_tick_ns: int | None = None
    ) -> None:
        """Nobody is connected yet.

        Args:
            started: whether the player had begun, in an earlier session.
            active_ns: time spent running so far.
            patience: how long it may stand still.
            now_ns: this moment.
            last_tick_ns: when the newest step was made; None if that is not known.
        """
        self._patience = patience
        self._active_ns = active_ns
        self._running_since_ns = now_ns
        self.state: StateName = "paused" if started else "ready"
        self.is_running = False
        self.reason: PauseReason | None = "rebuilt" if started else None
        self.resumes_at_ns: int | None = None
        self.lost_at_ns: int | None = now_ns
        # A session that was rebuilt does not know when the player was lost: at the newest step at the earliest.
        self._away_since_ns = last_tick_ns
        # Since when it has stood still as it stands now, and for how long before that while somebody was there: a
        # client that comes and goes cannot stretch the limit of a pause.
        self._still_since_ns = now_ns
        self._attended_ns = 0

    @property
    def running_since_ns(self) -> int:
        """When it began to run; of no meaning while it does not."""
        return self._running_since_ns

    def active_ns(self, now_ns: int) -> int:
        """Time spent running so far."""
        running_ns = now_ns - self._running_since_ns if self.is_running else 0
        return self._active_ns + running_ns

    def run(self, now_ns: int) -> None:
        """Ready or paused becomes running."""
        self.state, self.is_running, self.reason = "running", True, None
        self.resumes_at_ns = None
        self._running_since_ns = now_ns
        self._attended_ns = 0

    def pause(self, now_ns: int, reason: PauseReason) -> None:
        """Running becomes paused; a pause that lasts gets a new reason, and its countdown is cancelled."""
        self._active_ns = self.active_ns(now_ns)
        if self.is_running:
            self._still_since_ns = now_ns
        self.state, self.is_running, self.reason = "paused", False, reason
        self.resumes_at_ns = None
        self._suggestion_ms = SUGGESTED_COUNTDOWN_MS  # until a client that was lost comes back

    def count_down(self, now_ns: int, countdown_ms: int) -> None:
        """Paused will become running in `countdown_ms`."""
        self.resumes_at_ns = now_ns + countdown_ms * NS_PER_MS

    def lose_client(self, now_ns: int) -> None:
        """Nobody is connected any more."""
        if self.lost_at_ns is None:
            self._attended_ns += now_ns - self._still_since_ns
        self.lost_at_ns = self._away_since_ns = now_ns
        self.resumes_at_ns = None
        self._still_since_ns = now_ns

    def meet_client(self, now_ns: int) -> None:
        """Somebody is connected; the limit of an attended pause goes on."""
        self._still_since_ns = now_ns
        self._suggestion_ms = self._suggest(now_ns)
        self.lost_at_ns = None

    def end(self, now_ns: int) -> None:
        """Nothing more happens."""
        self._active_ns = self.active_ns(now_ns)
        self.state, self.is_running, self.reason = "ended", False, None
        self.resumes_at_ns = None

    _suggestion_ms = SUGGESTED_COUNTDOWN_MS

    def _suggest(self, now_ns: int) -> int:
        # By a wall clock that was set back a loss may seem to end before it began: then nobody knows how long it was.
        since_ns = self._away_since_ns
        short = since_ns is not None and 0 <= now_ns - since_ns < SHORT_LOSS_S * NS_PER_S
        return 0 if short and self.reason in ("disconnected", "rebuilt") else SUGGESTED_COUNTDOWN_MS

    @property
    def countdown_ms(self) -> int:
        """The countdown to suggest (LIVE-22)."""
        if self.reason in ("disconnected", "rebuilt"):
            return self._suggestion_ms
        return SUGGESTED_COUNTDOWN_MS

    @property
    def ends_at_ns(self) -> int | None:
        """When standing still ends the episode; None while it runs (LIVE-24)."""
        if self.state not in ("ready", "paused"):
            return None
        if self.lost_at_ns is None:
            return self._still_since_ns + self._patience.attended_ns - self._attended_ns
        return self._still_since_ns + self._patience.unattended_ns

    def due(self, now_ns: int) -> Due | None:
        """What is due by now, if anything."""
        if self.resumes_at_ns is not None and now_ns >= self.resumes_at_ns:
            return "resume"
        if self.ends_at_ns is not None and now_ns >= self.ends_at_ns:
            return "limit"
        return None

    @property
    def wake_at_ns(self) -> int | None:
        """When something will be due."""
        times = [at for at in (self.resumes_at_ns, self.ends_at_ns) if at is not None]
        return min(times, default=None)

    def message(self, now_ns: int, n_acked: int) -> State:
        """What a client is told of it (LIVE-21), with the newest step that it may know of."""
        return State(
            state=self.state,
            reason=self.reason,
            step=n_acked,
            resumes_in_ms=_ms_until(self.resumes_at_ns, now_ns),
            countdown_ms=self.countdown_ms,
            ends_in_ms=_ms_until(self.ends_at_ns, now_ns),
            active_ms=self.active_ns(now_ns) // NS_PER_MS,
            server_us=now_ns // 1000,
        )


def _ms_until(at_ns: int | None, now_ns: int) -> int | None:
    return None if at_ns is None else max(0, (at_ns - now_ns) // NS_PER_MS)
