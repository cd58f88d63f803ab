"""The session itself: one player, one environment, one clock. It is handed its clock, its journal, its connection.

Data walks through it in this order: a client's message → `Reception` → `Run` (a tick begins here) → `Hands`, which make
an action of it → `Stage` (the environment's step) → `Ledger` → `Delivery`, which writes the journal and only then shows
the picture in the `Conversation`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from skill_arcade.domain.episode import EndReason
from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.sessions.play.chronicle import Chronicle
from skill_arcade.sessions.play.clocks import Clock
from skill_arcade.sessions.play.conversation import Attachment, Connection, Conversation, SafetySource
from skill_arcade.sessions.play.delivery import Delivery
from skill_arcade.sessions.play.greeting import Greeting
from skill_arcade.sessions.play.hands import Hands
from skill_arcade.sessions.play.ledger import Ledger
from skill_arcade.sessions.play.pacing import Pacer
from skill_arcade.sessions.play.punctuality import Punctuality
from skill_arcade.sessions.play.reception import Reception
from skill_arcade.sessions.play.rules import Rules
from skill_arcade.sessions.play.run import Run
from skill_arcade.sessions.play.situation import NS_PER_S, Patience, Situation
from skill_arcade.sessions.play.stage import Ending, Stage, StartPoint
from skill_arcade.wire.closes import Close, ProtocolViolation
from skill_arcade.wire.from_client import parse_client_message

SOON_NS = NS_PER_S // 20
"""Where ticks are no further apart, what a client says may wait for the next one: that is where inputs act."""


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
        recording: bool = True,
        mark: AbstractContextManager[None] | None = None,
        grid_ns: int | None = None,
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
            recording: whether the episode is kept after its end; the player is told.
            mark: entered around every step of the environment.
            grid_ns: see `Pacer`.
        """
        self._safety = safety
        self._clock = clock
        greeting = Greeting(rules, simulation, start, recording=recording)
        self._stage = stage = Stage(
            rules=rules, simulation=simulation, ledger=ledger, clock=clock, start=start, mark=mark or nullcontext()
        )
        hands = Hands(rules=rules, ledger=ledger, stage=stage, start=start)
        self._chronicle = chronicle = Chronicle(ledger=ledger, stage=stage, clock=clock, start=start)
        self._pacer = Pacer(rules.tick_hz, grid_ns) if rules.tick_hz is not None else None
        self._situation = situation = Situation(
            started=start.started,
            active_ns=start.active_ns,
            patience=Patience(round(rules.pause_limit_s * NS_PER_S), round(abandon_after_s * NS_PER_S)),
            now_ns=clock.monotonic_ns(),
            last_tick_ns=start.last_tick_ns,
        )
        self._run = run = Run(situation=situation, pacer=self._pacer, hands=hands, chronicle=chronicle, clock=clock)
        self._delivery = Delivery(
            ledger=ledger, stage=stage, hands=hands, situation=situation, run=run, greeting=greeting, clock=clock
        )
        self._reception = Reception(
            hands=hands,
            run=run,
            chronicle=chronicle,
            delivery=self._delivery,
            clock=clock,
            has_sound=greeting.has_sound,
            played_by=start.played_by,
        )

    # --- how it stands ---

    @property
    def is_over(self) -> bool:
        """Whether the episode has ended, its end is in the journal, and its client has left (LIVE-27)."""
        return self._delivery.end_is_written and self._delivery.conversation is None

    @property
    def n_steps(self) -> int:
        """Steps made so far."""
        return self._stage.n_steps

    @property
    def punctuality(self) -> Punctuality | None:
        """Of the ticks that were made here so far; None in turns."""
        return None if self._pacer is None else self._pacer.punctuality

    @property
    def has_unwritten(self) -> bool:
        """Whether something waits for room on the disk."""
        return not self._delivery.has_room

    @property
    def unattended_since_ns(self) -> int | None:
        """Since when nobody has been connected; None while somebody is."""
        return self._situation.lost_at_ns

    @property
    def hears_at_ticks(self) -> bool:
        """Whether it is soon enough to hand over what its client says just before the next tick."""
        if self._pacer is None or not self._situation.is_running or self._delivery.conversation is None:
            return False
        return self._pacer.interval_ns <= SOON_NS

    @property
    def wake_at_ns(self) -> int:
        """When `wake` wants to be called next, at the latest."""
        situation, delivery, conversation = self._situation, self._delivery, self._delivery.conversation
        if situation.is_running and self._pacer is not None and conversation is not None:
            # Nearly always. What else is due waits for the tick: an awakening of its own costs as much as a step.
            return self._pacer.due_ns
        times = [self._clock.monotonic_ns() + NS_PER_S]
        if situation.is_running and self._pacer is not None:
            times.append(self._pacer.due_ns)
        if situation.wake_at_ns is not None:
            times.append(situation.wake_at_ns)
        if delivery.retry_at_ns is not None:
            times.append(delivery.retry_at_ns)
        if conversation is not None:
            times.append(conversation.look_due_ns)
        if delivery.closes_at_ns is not None:
            times.append(delivery.closes_at_ns)
        return min(times)

    # --- a client comes, speaks and goes ---

    def attach(self, connection: Connection, attachment: Attachment) -> None:
        """A client has come; an earlier one is superseded (LIVE-26)."""
        self._drop_client(Close.SUPERSEDED, "this episode goes on in another window")
        self._delivery.conversation = Conversation(connection, attachment, self._clock.monotonic_ns())

    def detach(self) -> None:
        """The client is gone (LIVE-23)."""
        conversation, self._delivery.conversation = self._delivery.conversation, None
        if conversation is None or conversation.hello is None or self._run.ended is not None:
            return
        self._run.lose_client(self._clock.monotonic_ns())
        self._delivery.commit()

    def receive(self, body: bytes, received_ns: int) -> None:
        """A client's text message, and when it came by server time."""
        conversation = self._delivery.conversation
        if conversation is None:
            return
        now_ns = self._clock.monotonic_ns()
        conversation.hear(now_ns)
        try:
            self._reception.take(conversation, parse_client_message(body), received_ns, now_ns)
            if not self.hears_at_ticks:  # it is written with the tick that comes next
                self._delivery.commit()
        except ProtocolViolation as violation:
            self._drop_client(violation.close, str(violation))
        except EnvironmentFailed as error:
            self._fail(error)

    def suspend(self, *, moved: bool = False) -> None:
        """Note that the session ends, and tell the client. The episode can be resumed from the journal.

        Args:
            moved: the episode goes on on another server, whose client is another one; else this one is to come back.
        """
        if moved:
            self._drop_client(Close.SUPERSEDED, "this episode goes on in another window")
        else:
            self._drop_client(Close.RESTARTING, "the server starts anew; your game is kept")

    def look_at_wall_clock(self) -> None:
        """Record that the wall clock was set, if it was; to be called a few times a second."""
        if self._run.ended is None and self._chronicle.note_wall_clock():
            self._delivery.commit()

    def _drop_client(self, close: Close, sentence: str) -> None:
        if self._delivery.conversation is not None:
            self._delivery.conversation.close(close, sentence)
            self.detach()

    # --- time passes ---

    def wake(self) -> None:
        """Do what is due: a tick, the end of a countdown or of patience, a word about safety."""
        now_ns = self._clock.monotonic_ns()
        try:
            if not self._situation.is_running:
                self._do_due(now_ns)
            elif self._pacer is not None and now_ns >= self._pacer.due_ns:
                self._run.tick(self._pacer, now_ns)
                self._delivery.commit()
        except EnvironmentFailed as error:
            self._fail(error)
        conversation = self._delivery.conversation
        if conversation is not None and now_ns >= conversation.attention_due_ns:
            self._look_after_client(conversation, now_ns)

    def _do_due(self, now_ns: int) -> None:
        delivery = self._delivery
        if delivery.retry_at_ns is not None and now_ns >= delivery.retry_at_ns:
            delivery.commit()
        if delivery.closes_at_ns is not None and now_ns >= delivery.closes_at_ns:
            self._drop_client(Close.ENDED, "the episode is over")
        due = self._situation.due(now_ns)
        if due == "resume":
            self._run.resume(now_ns)
            delivery.commit_go()
        elif due == "limit":
            self._run.expire()
            delivery.commit()

    def _fail(self, error: EnvironmentFailed) -> None:
        self._run.finish(Ending(EndReason.ENVIRONMENT_ERROR, detail=str(error)))
        self._delivery.commit()

    def _look_after_client(self, conversation: Conversation, now_ns: int) -> None:
        fault = conversation.fault(now_ns)
        if fault is not None:
            self._drop_client(*fault)
            return
        if (
            self._situation.is_running
            and self._pacer is not None
            and conversation.is_stalled(now_ns, self._situation.running_since_ns, self._pacer.interval_ns)
        ):
            self._run.stop(now_ns, "disconnected")
            self._delivery.tell_state(now_ns)
            self._delivery.commit()
        if self._delivery.conversation is not None:
            conversation.look_after(now_ns, self._delivery.n_acked, self._safety)
