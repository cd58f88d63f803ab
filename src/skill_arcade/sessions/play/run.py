"""The run of a game: how it begins, ticks, stands still, goes on and ends (LIVE.md section 5).

All that happens goes into the ledger. The ledger is never flushed here, and no client is told: that is `Delivery`.
"""

from __future__ import annotations

from typing import Literal

from skill_arcade.domain.episode import EndReason
from skill_arcade.sessions.play.chronicle import Chronicle
from skill_arcade.sessions.play.clocks import Clock
from skill_arcade.sessions.play.hands import Hands
from skill_arcade.sessions.play.inputs import AnyInput, Received
from skill_arcade.sessions.play.pacing import Pacer
from skill_arcade.sessions.play.situation import NS_PER_S, Situation
from skill_arcade.sessions.play.stage import Ending
from skill_arcade.wire.closes import Close, ProtocolViolation
from skill_arcade.wire.from_client import Hello, Resend
from skill_arcade.wire.from_server import Ended, PauseReason


class Run:
    """Leads a game from one situation to the next. What makes steps raises EnvironmentFailed if one cannot be made.

    Attributes:
        ended: what the player is to be told of the end; None before it.
    """

    def __init__(
        self, *, situation: Situation, pacer: Pacer | None, hands: Hands, chronicle: Chronicle, clock: Clock
    ) -> None:
        """Stand as `situation` says.

        Args:
            situation: where the game stands.
            pacer: of a game in real time; None in turns.
            hands: make the steps.
            chronicle: is told of what happens.
            clock: server time.
        """
        self._situation = situation
        self._pacer = pacer
        self._hands = hands
        self._chronicle = chronicle
        self._clock = clock
        self._countdown_ms = 0
        self.ended: Ended | None = None
        if situation.reason == "rebuilt":
            chronicle.note("pause", clock.monotonic_ns(), {"reason": "rebuilt"})

    # --- who is there ---

    def meet_client(self, hello: Hello, now_ns: int) -> None:
        """A client has said hello: a segment begins."""
        self._situation.meet_client(now_ns)
        self._chronicle.begin_segment(hello, now_ns)

    def lose_client(self, now_ns: int) -> None:
        """The client that had said hello is gone (LIVE-23)."""
        self._chronicle.note("detach", now_ns)
        if self._situation.is_running:
            self._pause(now_ns, "disconnected")
        self._situation.lose_client(now_ns)

    # --- inputs and ticks ---

    def take_input(self, message: AnyInput, received_ns: int, *, by_human: bool, replayed: bool = False) -> None:
        """Let an input act if the game runs, and record it in any case; one that was had before is passed over.

        Args:
            message: the input.
            received_ns: when it came: server time.
            by_human: whether keys play.
            replayed: it was re-sent (LIVE-36).

        Raises:
            ProtocolViolation: it leaves a gap, or this player may not send it.
        """
        if not self._hands.accepts(message, by_human=by_human):
            return
        received = Received(message, received_ns, replayed, self._chronicle.segment)
        if self._hands.keep_if_lost(received):
            return
        if not self._situation.is_running:
            self._hands.follow_idle(received)
            return
        ending = self._hands.follow(received)
        if ending is not None:
            self.finish(ending)

    def take_resend(self, message: Resend, received_ns: int, *, by_human: bool) -> None:
        """Take what may have been lost (LIVE-36).

        Raises:
            ProtocolViolation: the game has gone on meanwhile, or one of the inputs is wrong.
        """
        if self._situation.is_running:
            raise ProtocolViolation(Close.OUT_OF_ORDER, "inputs are re-sent before the game goes on")
        for each in message.inputs:
            self.take_input(each, received_ns, by_human=by_human, replayed=True)
        self._hands.note_last_seen(message.last_step)

    def tick(self, pacer: Pacer, now_ns: int) -> None:
        """Make the step whose time has come (LIVE-25)."""
        stall = pacer.ticked(now_ns)
        if stall is not None:
            detail = {"late_ns": stall.late_ns, "skipped_ticks": stall.skipped_ticks, "t0_ns": pacer.t0_ns}
            self._chronicle.note("stall", now_ns, detail)
        ending = self._hands.tick()
        if ending is not None:
            self.finish(ending)

    # --- from one situation to the next ---

    def begin(self, now_ns: int) -> bool:
        """The player starts; whether that meant anything (LIVE-20)."""
        if self._situation.state != "ready":
            return False
        self._go("start", now_ns, {})
        return True

    def resume_in(self, countdown_ms: int, now_ns: int) -> bool:
        """Go on from a pause after a countdown, at once if that is 0 (LIVE-22); whether there was a pause."""
        if self._situation.state != "paused":
            return False
        self._countdown_ms = countdown_ms
        if countdown_ms == 0:
            self.resume(now_ns)
        else:
            self._situation.count_down(now_ns, countdown_ms)
        return True

    def resume(self, now_ns: int) -> None:
        """Go on from a pause: the countdown is over."""
        self._go("resume", now_ns, {"countdown_ms": self._countdown_ms})

    def stop(self, now_ns: int, reason: PauseReason) -> bool:
        """Pause the game if it runs or is about to; whether it was."""
        if not self._situation.is_running and self._situation.resumes_at_ns is None:
            return False
        self._pause(now_ns, reason)
        return True

    def quit(self, now_ns: int) -> None:
        """The player has had enough."""
        self._chronicle.note("quit", now_ns)
        self.finish(Ending(EndReason.PLAYER_QUIT))

    def expire(self) -> None:
        """It has stood still for as long as it may (LIVE-24)."""
        attended = self._situation.lost_at_ns is None
        self.finish(Ending(EndReason.PAUSED_TOO_LONG if attended else EndReason.ABANDONED))

    def finish(self, ending: Ending) -> None:
        """End the episode, once."""
        if self.ended is not None:
            return
        now_ns = self._clock.monotonic_ns()
        self._situation.end(now_ns)
        self._hands.let_go()
        self.ended = self._chronicle.note_end(ending, self._situation.active_ns(now_ns) / NS_PER_S)

    def _go(self, kind: Literal["start", "resume"], now_ns: int, detail: dict[str, int]) -> None:
        n_before = self._hands.n_steps
        ending = self._hands.remake_lost()
        if self._hands.n_steps > n_before:
            now_ns = self._clock.monotonic_ns()  # that took its time, and these steps had no ticks
        self._situation.run(now_ns)
        if self._pacer is not None:
            self._pacer.start(now_ns)
            detail["t0_ns"] = self._pacer.t0_ns
        self._chronicle.note(kind, now_ns, detail)
        if ending is not None:
            self.finish(ending)

    def _pause(self, now_ns: int, reason: PauseReason) -> None:
        self._situation.pause(now_ns, reason)
        self._hands.let_go()
        self._chronicle.note("pause", now_ns, {"reason": reason})
