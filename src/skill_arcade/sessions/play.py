"""The session itself: one player, one environment, one clock. It is handed its clock, its journal, its connection.

Data walks through it in this order: a client's message → `Hands` → (a tick, or the last key of a move) → action →
`Stage` (the environment's step) → `Ledger` → journal → `Conversation` (the picture, to the client). A picture is never
sent before its step is in the journal.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

from skill_arcade.domain.episode import EndReason
from skill_arcade.domain.errors import EnvironmentFailed, StorageFull
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.recorder.records import RecordKind
from skill_arcade.sessions.clocks import Clock
from skill_arcade.sessions.conversation import Attachment, Connection, Conversation, SafetySource
from skill_arcade.sessions.entries import Stretch, clock_entry, end_entry, segment_entry
from skill_arcade.sessions.greeting import Greeting
from skill_arcade.sessions.hands import Hands
from skill_arcade.sessions.inputs import AnyInput, Received
from skill_arcade.sessions.ledger import Ledger
from skill_arcade.sessions.pacing import Pacer
from skill_arcade.sessions.rules import Rules
from skill_arcade.sessions.situation import NS_PER_MS, NS_PER_S, Patience, Situation
from skill_arcade.sessions.stage import Ending, Stage, StartPoint
from skill_arcade.wire.closes import Close, ProtocolViolation
from skill_arcade.wire.from_client import (
    ClockSample,
    Drawn,
    FromClient,
    Hello,
    Input,
    Pause,
    Ping,
    Quit,
    Resend,
    Resume,
    Sound,
    Start,
    parse_client_message,
)
from skill_arcade.wire.from_server import Ended, PauseReason, Pending, State

LAST_REPORTS_NS = NS_PER_S // 2
"""How long a client may still report, after the end, what it drew (LIVE-27)."""

STORAGE_RETRY_NS = 1 * NS_PER_S
"""How often a full disk is tried again."""


class Play:
    """One episode being played. The process around it calls `attach`, `receive`, `detach` and `wake`."""

    def __init__(
        self,
        *,
        rules: Rules,
        simulation: Simulation,
        ledger: Ledger,
        safety: SafetySource,
        clock: Clock,
        start: StartPoint,
        abandon_after_s: float,
        mark: AbstractContextManager[None] | None = None,
    ) -> None:
        """Take the episode up at `start`.

        Args:
            rules: of the game.
            simulation: in the state that `start` says.
            ledger: the journal.
            safety: how far it is safe.
            clock: server time.
            start: where the episode stands.
            abandon_after_s: after so long without a player it ends.
            mark: entered around every step of the environment.
        """
        now_ns = clock.monotonic_ns()
        self._rules = rules
        self._ledger = ledger
        self._safety = safety
        self._clock = clock
        self._start = start
        self._greeting = Greeting(rules, simulation, start)
        self._stage = Stage(
            rules=rules,
            simulation=simulation,
            ledger=ledger,
            clock=clock,
            start=start,
            mark=mark or nullcontext(),
        )
        self._pacer = Pacer(rules.tick_hz) if rules.tick_hz is not None else None
        patience = Patience(round(rules.pause_limit_s * NS_PER_S), round(abandon_after_s * NS_PER_S))
        self._situation = Situation(
            started=start.started,
            active_ns=start.active_ns,
            patience=patience,
            now_ns=now_ns,
            last_tick_ns=start.last_tick_ns,
        )
        self._hands = Hands(rules=rules, ledger=ledger, stage=self._stage, start=start)
        self._segment = start.segment
        self._was_attended = start.started
        self._conversation: Conversation | None = None
        self._ending: Ending | None = None
        self._ending_is_written = False
        self._storage_retry_ns: int | None = None
        self._played_by = start.played_by
        self._n_acked = start.n_steps
        self._countdown_ms = 0
        self._closes_at_ns: int | None = None
        if start.started:
            self._ledger.add_server_event("pause", start.n_steps, now_ns, start.segment, {"reason": "rebuilt"})

    # --- seen from outside ---

    @property
    def is_over(self) -> bool:
        """Whether the episode has ended, its end is in the journal, and its client has left (LIVE-27)."""
        return self._ending_is_written and self._conversation is None

    @property
    def n_steps(self) -> int:
        """Steps made so far."""
        return self._stage.n_steps

    @property
    def has_unwritten(self) -> bool:
        """Whether something waits for room on the disk."""
        return self._ledger.has_unwritten

    @property
    def unattended_since_ns(self) -> int | None:
        """Since when nobody has been connected; None while somebody is."""
        return self._situation.lost_at_ns

    @property
    def wake_at_ns(self) -> int:
        """When `wake` wants to be called next, at the latest."""
        times = [self._clock.monotonic_ns() + NS_PER_S]
        if self._situation.is_running and self._pacer is not None:
            times.append(self._pacer.due_ns)
        if self._situation.wake_at_ns is not None:
            times.append(self._situation.wake_at_ns)
        if self._storage_retry_ns is not None:
            times.append(self._storage_retry_ns)
        if self._conversation is not None:
            times.append(self._conversation.look_due_ns)
        if self._closes_at_ns is not None:
            times.append(self._closes_at_ns)
        return min(times)

    def attach(self, connection: Connection, attachment: Attachment) -> None:
        """A client has come; an earlier one is superseded (LIVE-26)."""
        self._drop_client(Close.SUPERSEDED, "this episode goes on in another window")
        self._conversation = Conversation(connection, attachment, self._clock.monotonic_ns())

    def detach(self) -> None:
        """The client is gone (LIVE-23)."""
        conversation, self._conversation = self._conversation, None
        if conversation is None or conversation.hello is None:
            return
        if self._ending is not None:
            return
        now_ns = self._clock.monotonic_ns()
        self._ledger.add_server_event("detach", self._stage.n_steps, now_ns, self._segment)
        if self._situation.is_running:
            self._pause(now_ns, "disconnected")
        self._situation.lose_client(now_ns)
        self._commit()

    def receive(self, body: bytes) -> None:
        """A client's text message."""
        if self._conversation is None:
            return
        now_ns = self._clock.monotonic_ns()
        self._conversation.hear(now_ns)
        try:
            self._take(self._conversation, parse_client_message(body), now_ns)
            self._commit()
        except ProtocolViolation as violation:
            self._drop_client(violation.close, str(violation))
        except EnvironmentFailed as error:
            self._finish(Ending(EndReason.ENVIRONMENT_ERROR, detail=str(error)))

    def wake(self) -> None:
        """Do what is due: a tick, the end of a countdown or of patience, a word about safety."""
        now_ns = self._clock.monotonic_ns()
        try:
            self._do_due(now_ns)
        except EnvironmentFailed as error:
            self._finish(Ending(EndReason.ENVIRONMENT_ERROR, detail=str(error)))
        self._look_after_client(now_ns)

    def _do_due(self, now_ns: int) -> None:
        if self._storage_retry_ns is not None and now_ns >= self._storage_retry_ns:
            self._commit()
        if self._situation.is_running and self._pacer is not None and now_ns >= self._pacer.due_ns:
            self._tick(self._pacer, now_ns)
        if self._closes_at_ns is not None and now_ns >= self._closes_at_ns:
            self._drop_client(Close.ENDED, "the episode is over")
        due = self._situation.due(now_ns)
        if due == "resume":
            self._run(now_ns)
        elif due == "limit":
            attended = self._situation.lost_at_ns is None
            self._finish(Ending(EndReason.PAUSED_TOO_LONG if attended else EndReason.ABANDONED))

    def suspend(self) -> None:
        """The server stops: note it, tell the client to come back. The episode can be resumed from the journal."""
        self._drop_client(Close.RESTARTING, "the server starts anew; your game is kept")

    # --- messages ---

    def _take(self, conversation: Conversation, message: FromClient, now_ns: int) -> None:
        if conversation.hello is None:
            if not isinstance(message, Hello):
                raise ProtocolViolation(Close.NO_HELLO, "the first message is hello")
            if self._played_by not in (None, message.played_by):
                raise ProtocolViolation(Close.MALFORMED, f"this episode is played by: {self._played_by}")
            self._played_by = message.played_by
            self._greet(conversation, message, now_ns)
            return
        if self._ending is not None and not isinstance(message, Drawn | ClockSample | Ping):
            return
        match message:
            case Hello():
                raise ProtocolViolation(Close.OUT_OF_ORDER, "hello is sent once")
            case Input():
                if not conversation.awaits_resend:
                    self._take_input(message, conversation.hello, now_ns, replayed=False)
            case Resend():
                conversation.awaits_resend = False
                self._take_resend(message, conversation.hello, now_ns)
            case Ping():
                conversation.answer(message, now_ns, self._clock.monotonic_ns())
            case ClockSample():
                entry = clock_entry(message, self._segment, conversation.hello.clock_step_us)
                self._ledger.add_json(RecordKind.CLOCK, entry)
            case Drawn():
                self._note_drawn(message)
            case _:
                self._take_wish(message, now_ns)

    def _take_wish(self, message: Start | Pause | Resume | Sound | Quit, now_ns: int) -> None:
        match message:
            case Start():
                self._begin(now_ns)
            case Pause():
                self._ask_pause(message.reason, now_ns)
            case Resume():
                self._ask_resume(message.countdown_ms, now_ns)
            case Sound():
                self._ask_sound(message, now_ns)
            case Quit():
                self._ledger.add_server_event("quit", self._stage.n_steps, now_ns, self._segment)
                self._finish(Ending(EndReason.PLAYER_QUIT))

    def _greet(self, conversation: Conversation, hello: Hello, now_ns: int) -> None:
        self._situation.meet_client(now_ns)
        self._begin_segment(hello, now_ns)
        self._commit()
        welcome = self._greeting.welcome(
            conversation.attachment.resume_token,
            segment=self._segment,
            step=self._n_acked,
            last_input_seq=self._hands.last_seq,
            now_ns=now_ns,
        )
        conversation.welcome(hello, welcome)
        if not self._ledger.has_unwritten:
            conversation.show(self._stage.current)
        conversation.tell(self._state(now_ns))
        if self._pacer is None:
            self._tell_pending()

    def _begin_segment(self, hello: Hello, now_ns: int) -> None:
        self._segment += 1
        last_tick_ns = self._stage.last_tick_ns
        stretch = Stretch(
            segment=self._segment,
            epoch=self._start.epoch,
            server_boot=self._start.server_boot,
            first_step=self._stage.n_steps,
            cause="reconnected" if self._was_attended else "connected",
            gap_ns=None if last_tick_ns is None else now_ns - last_tick_ns,
        )
        self._ledger.add_json(RecordKind.SEGMENT, segment_entry(stretch, hello, self._clock))
        self._was_attended = True

    def _take_input(self, message: AnyInput, hello: Hello, now_ns: int, *, replayed: bool) -> None:
        if not self._hands.accepts(message, by_human=hello.played_by == "human"):
            return
        received = Received(message, now_ns, replayed, self._segment)
        if self._hands.keep_if_lost(received):
            return
        if not self._situation.is_running:
            self._hands.follow_idle(received)
            return
        pending = self._hands.pending
        ending = self._hands.follow(received)
        if self._hands.pending != pending:
            self._tell_pending()
        if ending is not None:
            self._finish(ending)

    def _take_resend(self, message: Resend, hello: Hello, now_ns: int) -> None:
        if self._situation.is_running:
            raise ProtocolViolation(Close.OUT_OF_ORDER, "inputs are re-sent before the game goes on")
        for each in message.inputs:
            self._take_input(each, hello, now_ns, replayed=True)
        self._hands.note_last_seen(message.last_step)

    # --- states ---

    def _begin(self, now_ns: int) -> None:
        if self._situation.state == "ready" and self._storage_retry_ns is None:
            self._ledger.add_server_event("start", self._stage.n_steps, now_ns, self._segment)
            self._enter_running(now_ns)

    def _ask_pause(self, reason: PauseReason, now_ns: int) -> None:
        if self._situation.is_running or self._situation.resumes_at_ns is not None:
            self._pause(now_ns, reason)

    def _ask_resume(self, countdown_ms: int, now_ns: int) -> None:
        if self._situation.state != "paused" or self._storage_retry_ns is not None:
            return
        self._countdown_ms = countdown_ms
        if countdown_ms == 0:
            self._run(now_ns)
            return
        self._situation.count_down(now_ns, countdown_ms)
        self._tell_state(now_ns)

    def _ask_sound(self, message: Sound, now_ns: int) -> None:
        if self._conversation is None or not self._greeting.has_sound:
            return
        if self._conversation.sound.turn(on=message.on):
            self._ledger.add_server_event("sound", self.n_steps, now_ns, self._segment, {"on": message.on})

    def _run(self, now_ns: int) -> None:
        detail = {"countdown_ms": self._countdown_ms}
        self._ledger.add_server_event("resume", self._stage.n_steps, now_ns, self._segment, detail)
        self._enter_running(now_ns)

    def _enter_running(self, now_ns: int) -> None:
        self._situation.run(now_ns)
        ending = self._hands.remake_lost()
        if ending is not None:
            self._finish(ending)
            return
        if self._pacer is not None:
            self._pacer.start(self._clock.monotonic_ns())
        self._commit()
        if self._situation.is_running:
            self._tell_state(now_ns)

    def _pause(self, now_ns: int, reason: PauseReason) -> None:
        self._situation.pause(now_ns, reason)
        self._hands.let_go()
        self._ledger.add_server_event("pause", self._stage.n_steps, now_ns, self._segment, {"reason": reason})
        self._tell_state(now_ns)

    def _finish(self, ending: Ending) -> None:
        """End the episode; told to the client once it is in the journal."""
        if self._ending is not None:
            return
        now_ns = self._clock.monotonic_ns()
        self._situation.end(now_ns)
        self._hands.let_go()
        self._ending = ending
        active_s = self._situation.active_ns(now_ns) / NS_PER_S
        self._ledger.add_json(RecordKind.END, end_entry(ending, self._stage, active_s, self._clock))
        self._commit()

    def _tick(self, pacer: Pacer, now_ns: int) -> None:
        stall = pacer.ticked(now_ns)
        if stall is not None:
            detail = {"late_ns": stall.late_ns, "skipped_ticks": stall.skipped_ticks}
            self._ledger.add_server_event("stall", self._stage.n_steps, now_ns, self._segment, detail)
        ending = self._hands.tick()
        if ending is None:
            self._commit()
        else:
            self._finish(ending)

    # --- the journal, and what it releases ---

    def _commit(self) -> None:
        """Write what waits; then, and only then, show the newest picture and tell an end (LIVE-19)."""
        now_ns = self._clock.monotonic_ns()
        try:
            self._ledger.flush()
        except StorageFull:
            self._bear_full_storage(now_ns)
            return
        self._n_acked = self._stage.n_steps
        if self._storage_retry_ns is not None:
            self._storage_retry_ns = None
            self._notify("storage_ok", "There is room again; your game can go on.")
        if self._conversation is not None:
            self._conversation.show(self._stage.current)
        if self._ending is not None and not self._ending_is_written:
            self._ending_is_written = True
            self._tell_end(now_ns, self._ending)

    def _bear_full_storage(self, now_ns: int) -> None:
        is_news = self._storage_retry_ns is None
        self._storage_retry_ns = now_ns + STORAGE_RETRY_NS
        if is_news:
            self._notify(
                "storage_full",
                "The server's disk is full. Your game is paused and kept; it can go on when there is room.",
            )
        if self._situation.is_running or self._situation.resumes_at_ns is not None:
            self._pause(now_ns, "storage_full")
        if self._ledger.is_overfull and self._conversation is not None:
            # Close without `detach`, which would add to what waits.
            self._conversation.close(Close.INTERNAL, "the server's disk is full")
            self._conversation = None
            self._situation.lose_client(now_ns)

    def _notify(self, code: Literal["storage_full", "storage_ok"], text: str) -> None:
        if self._conversation is not None:
            self._conversation.notify(code, text)

    def _note_drawn(self, drawn: Drawn) -> None:
        """Keep what a client drew. Pictures beyond the newest are of steps that were lost with another machine."""
        known = [(step, at_us) for step, at_us in zip(drawn.steps, drawn.at_us, strict=True) if step <= self._n_acked]
        if known:
            steps, at_us = zip(*known, strict=True)
            self._ledger.add_json(RecordKind.DRAWN, {"segment": self._segment, "steps": steps, "at_us": at_us})

    # --- to the client ---

    def _tell_state(self, now_ns: int) -> None:
        if self._conversation is not None:
            self._conversation.tell(self._state(now_ns))

    def _tell_pending(self) -> None:
        if self._conversation is not None:
            self._conversation.tell(Pending(codes=self._hands.pending))

    def _tell_end(self, now_ns: int, ending: Ending) -> None:
        conversation = self._conversation
        if conversation is None:
            return
        conversation.tell(self._state(now_ns))
        conversation.tell(
            Ended(
                status=ending.status.value,  # type: ignore[arg-type]  # an ending is never RUNNING
                reason=ending.reason.value,
                n_steps=self._stage.n_steps,
                score=self._stage.score,
                metric=self._stage.metric(ending.status),
            )
        )
        self._closes_at_ns = now_ns + LAST_REPORTS_NS

    def _drop_client(self, close: Close, sentence: str) -> None:
        if self._conversation is not None:
            self._conversation.close(close, sentence)
            self.detach()

    def _look_after_client(self, now_ns: int) -> None:
        conversation = self._conversation
        if conversation is None:
            return
        fault = conversation.fault(now_ns)
        if fault is not None:
            self._drop_client(*fault)
            return
        if (
            self._situation.is_running
            and self._pacer is not None
            and conversation.is_stalled(now_ns, self._situation.running_since_ns, self._pacer.interval_ns)
        ):
            self._pause(now_ns, "disconnected")
            self._commit()
        if self._conversation is not None:
            conversation.look_after(now_ns, self._n_acked, self._safety)

    def _state(self, now_ns: int) -> State:
        situation = self._situation
        return State(
            state=situation.state,
            reason=situation.reason,
            step=self._n_acked,
            resumes_in_ms=_ms_until(situation.resumes_at_ns, now_ns),
            countdown_ms=situation.countdown_ms,
            ends_in_ms=_ms_until(situation.ends_at_ns, now_ns),
            active_ms=situation.active_ns(now_ns) // NS_PER_MS,
            server_us=now_ns // 1000,
        )


def _ms_until(at_ns: int | None, now_ns: int) -> int | None:
    return None if at_ns is None else max(0, (at_ns - now_ns) // NS_PER_MS)
