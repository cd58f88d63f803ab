"""First the journal, then the client: what was played is shown and told only once it is written (LIVE-19)."""

from __future__ import annotations

from typing import Literal

from skill_arcade.domain.errors import StorageFull
from skill_arcade.sessions.play.clocks import Clock
from skill_arcade.sessions.play.conversation import Conversation
from skill_arcade.sessions.play.greeting import Greeting
from skill_arcade.sessions.play.hands import Hands
from skill_arcade.sessions.play.ledger import Ledger
from skill_arcade.sessions.play.run import Run
from skill_arcade.sessions.play.situation import NS_PER_S, Situation
from skill_arcade.sessions.play.stage import Stage
from skill_arcade.wire.closes import Close
from skill_arcade.wire.from_client import Hello
from skill_arcade.wire.from_server import Ended, Pending

LAST_REPORTS_NS = NS_PER_S // 2
"""How long a client may still report, after the end, what it drew (LIVE-27)."""

STORAGE_RETRY_NS = 1 * NS_PER_S
"""How often a full disk is tried again."""

_FULL = "The server's disk is full. Your game is paused and kept; it can go on when there is room."


class Delivery:
    """Writes what waits in the ledger, and speaks to the client that is there, if one is.

    Attributes:
        conversation: with the client; None while nobody is connected.
        n_acked: steps that are in the journal.
        end_is_written: whether the episode's end is.
        retry_at_ns: when a full disk is to be tried again; None while there is room.
        closes_at_ns: when the client that was told the end is to go; None before that.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        stage: Stage,
        hands: Hands,
        situation: Situation,
        run: Run,
        greeting: Greeting,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._stage = stage
        self._hands = hands
        self._situation = situation
        self._run = run
        self._greeting = greeting
        self._clock = clock
        self.conversation: Conversation | None = None
        self.n_acked = stage.n_steps
        self.end_is_written = False
        self.retry_at_ns: int | None = None
        self.closes_at_ns: int | None = None

    @property
    def has_room(self) -> bool:
        """Whether the newest commit was written: no step may be made while one waits for room."""
        return self.retry_at_ns is None

    def commit(self) -> None:
        """Write what waits; then, and only then, show the newest picture and tell an end (LIVE-19)."""
        try:
            self._ledger.flush()
        except StorageFull:
            self._bear_full_storage(self._clock.monotonic_ns())
            return
        self.n_acked = self._stage.n_steps
        if self.retry_at_ns is not None:
            self.retry_at_ns = None
            self._notify("storage_ok", "There is room again; your game can go on.")
        if self.conversation is not None:
            self.conversation.show(self._stage.current, self._stage.read_sound)
        if self._run.ended is not None and not self.end_is_written:
            self.end_is_written = True
            self._tell_end(self._run.ended, self._clock.monotonic_ns())

    def commit_go(self) -> None:
        """Commit the steps that a start or a resume made, then tell that the game runs, if it does."""
        self.commit()
        if self._situation.is_running:
            self.tell_state(self._clock.monotonic_ns())  # to make lost steps again takes its time

    def welcome(self, conversation: Conversation, hello: Hello, segment: int, now_ns: int) -> None:
        """Answer a hello with all that its client needs to go on from here (LIVE-6)."""
        self.commit()
        welcome = self._greeting.welcome(
            conversation.attachment.resume_token,
            segment=segment,
            step=self.n_acked,
            last_input_seq=self._hands.last_seq,
            now_ns=now_ns,
        )
        conversation.welcome(hello, welcome)
        if not self.has_room:  # whoever comes now was not there when it was told
            conversation.notify("storage_full", _FULL)
        if not self._ledger.has_unwritten:
            conversation.show(self._stage.current, self._stage.read_sound)
        conversation.tell(self._situation.message(now_ns, self.n_acked))
        if welcome.pacing.mode == "turn":
            self.tell_pending()

    def tell_state(self, now_ns: int) -> None:
        """Tell the client how the episode stands (LIVE-21)."""
        if self.conversation is not None:
            self.conversation.tell(self._situation.message(now_ns, self.n_acked))

    def tell_pending(self) -> None:
        """Tell the client which keys of a move of several it has pressed (LIVE-35)."""
        if self.conversation is not None:
            self.conversation.tell(Pending(codes=self._hands.pending))

    def _tell_end(self, ended: Ended, now_ns: int) -> None:
        if self.conversation is not None:
            self.tell_state(now_ns)
            self.conversation.tell(ended)
            self.closes_at_ns = now_ns + LAST_REPORTS_NS

    def _notify(self, code: Literal["storage_full", "storage_ok"], text: str) -> None:
        if self.conversation is not None:
            self.conversation.notify(code, text)

    def _bear_full_storage(self, now_ns: int) -> None:
        is_news = self.retry_at_ns is None
        self.retry_at_ns = now_ns + STORAGE_RETRY_NS
        if is_news:
            self._notify("storage_full", _FULL)
        if self._run.stop(now_ns, "storage_full"):
            self.tell_state(now_ns)
        if self._ledger.is_overfull and self.conversation is not None:
            # Close without `Play.detach`, which would add to what waits.
            self.conversation.close(Close.INTERNAL, "the server's disk is full")
            self.conversation = None
            self._situation.lose_client(now_ns)
