"""What a client says, and what is done about it: first its hello, then inputs, wishes and reports (LIVE-6)."""

from __future__ import annotations

from skill_arcade.sessions.play.chronicle import Chronicle
from skill_arcade.sessions.play.clocks import Clock
from skill_arcade.sessions.play.conversation import Conversation
from skill_arcade.sessions.play.delivery import Delivery
from skill_arcade.sessions.play.hands import Hands
from skill_arcade.sessions.play.run import Run
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
)


class Reception:
    """Takes the messages of every client of one epoch, each in its conversation."""

    def __init__(
        self,
        *,
        hands: Hands,
        run: Run,
        chronicle: Chronicle,
        delivery: Delivery,
        clock: Clock,
        has_sound: bool,
        played_by: str | None,
    ) -> None:
        """Wait for the first hello.

        Args:
            hands: tell which keys of a move are pending.
            run: does what a client wishes.
            chronicle: keeps what a client reports.
            delivery: answers.
            clock: server time.
            has_sound: whether there is any to turn on.
            played_by: of the episode's first hello, None before it.
        """
        self._hands = hands
        self._run = run
        self._chronicle = chronicle
        self._delivery = delivery
        self._clock = clock
        self._has_sound = has_sound
        self._played_by = played_by

    def take(self, conversation: Conversation, message: FromClient, received_ns: int, now_ns: int) -> None:
        """Do what a message asks for. It is not committed yet.

        Args:
            conversation: with the client that sent it.
            message: what it said.
            received_ns: when the message came: server time.
            now_ns: this moment.

        Raises:
            ProtocolViolation: it may not be said, or not now.
            EnvironmentFailed: a step that it asked for cannot be made.
        """
        hello = conversation.hello
        if hello is None:
            self._take_hello(conversation, message, now_ns)
            return
        if self._run.ended is not None and not isinstance(message, Drawn | ClockSample | Ping):
            return
        match message:
            case Hello():
                raise ProtocolViolation(Close.OUT_OF_ORDER, "hello is sent once")
            case Input():
                self._take_input(message, hello, received_ns)
            case Resend():
                self._run.take_resend(message, received_ns, by_human=hello.played_by == "human")
            case Ping():
                conversation.answer(message, received_ns, self._clock.monotonic_ns())
            case ClockSample():
                self._chronicle.note_clock(message, hello.clock_step_us)
            case Drawn():
                self._chronicle.note_drawn(message, self._delivery.n_acked)
            case Sound():
                if self._has_sound and conversation.sound.turn(on=message.on):
                    self._chronicle.note("sound", now_ns, {"on": message.on})
            case _:
                self._take_wish(message, now_ns)

    def _take_hello(self, conversation: Conversation, message: FromClient, now_ns: int) -> None:
        if not isinstance(message, Hello):
            raise ProtocolViolation(Close.NO_HELLO, "the first message is hello")
        if self._played_by not in (None, message.played_by):
            raise ProtocolViolation(Close.MALFORMED, f"this episode is played by: {self._played_by}")
        self._played_by = message.played_by
        self._run.meet_client(message, now_ns)
        self._delivery.welcome(conversation, message, self._chronicle.segment, now_ns)

    def _take_input(self, message: Input, hello: Hello, received_ns: int) -> None:
        pending = self._hands.pending
        self._run.take_input(message, received_ns, by_human=hello.played_by == "human")
        if self._hands.pending != pending:
            self._delivery.tell_pending()

    def _take_wish(self, message: Start | Pause | Resume | Quit, now_ns: int) -> None:
        match message:
            case Start():
                if self._delivery.has_room and self._run.begin(now_ns):
                    self._delivery.commit_go()
            case Pause():
                if self._run.stop(now_ns, message.reason):
                    self._delivery.tell_state(now_ns)
            case Resume():
                self._take_resume(message, now_ns)
            case Quit():
                self._run.quit(now_ns)

    def _take_resume(self, message: Resume, now_ns: int) -> None:
        if not self._delivery.has_room or not self._run.resume_in(message.countdown_ms, now_ns):
            return
        if message.countdown_ms == 0:
            self._delivery.commit_go()
        else:
            self._delivery.tell_state(now_ns)
