"""What the player's hands do: inputs in order, and what they make of the next step (LIVE-30 to LIVE-37)."""

from __future__ import annotations

from skill_arcade.sessions.inputs import AnyInput, InputBook, Received
from skill_arcade.sessions.ledger import Ledger
from skill_arcade.sessions.rules import Rules
from skill_arcade.sessions.stage import Ending, Stage, StartPoint
from skill_arcade.wire.closes import Close, ProtocolViolation
from skill_arcade.wire.from_client import ResentInput

MAX_REMADE_STEPS = 3_600
"""How many steps that were lost with another machine may be made again at once (LIVE-36)."""


class Hands:
    """Turns inputs into steps of the stage. Every input ends up in the ledger exactly once."""

    def __init__(self, *, rules: Rules, ledger: Ledger, stage: Stage, start: StartPoint) -> None:
        self._rules = rules
        self._ledger = ledger
        self._stage = stage
        self._book = InputBook(start.last_seq, start.held)
        # Inputs that have come since the last tick and will act in the next (LIVE-34).
        self._fresh: list[Received] = []
        # Inputs of steps that another machine made and lost, and the last such step (LIVE-36).
        self._lost: list[Received] = []
        self._lost_until = 0

    @property
    def last_seq(self) -> int:
        """The newest input that was taken."""
        return self._book.last_seq

    @property
    def pending(self) -> tuple[str, ...]:
        """Keys had so far of a move of several keys (LIVE-35)."""
        return self._rules.turn_keys.pending

    def accepts(self, message: AnyInput, *, by_human: bool) -> bool:
        """Whether an input is new; False for one that was had before.

        Raises:
            ProtocolViolation: it leaves a gap, or its action is none that this player may send.
        """
        if not self._book.accepts(message.seq):
            return False
        if message.kind == "action":
            self._check_action(message, by_human=by_human)
        return True

    def _check_action(self, message: AnyInput, *, by_human: bool) -> None:
        if by_human:
            raise ProtocolViolation(Close.MALFORMED, "a human plays with keys, not with numbers of actions")
        action = message.action
        if not isinstance(action, int) or not 0 <= action < self._rules.n_actions:
            raise ProtocolViolation(
                Close.OUT_OF_ORDER,
                f"action {action} is outside the action space, which is 0 to {self._rules.n_actions - 1}",
            )

    def follow_idle(self, received: Received) -> None:
        """Take an input while the game does not run: it is recorded and makes no step (LIVE-37)."""
        self._book.follow_idle(received.message, replayed=received.replayed)
        self._ledger.add_input(received, None)

    def follow(self, received: Received) -> Ending | None:
        """Take an input while the game runs: it acts in the next tick, or makes a move at once."""
        self._book.take(received.message)
        if self._rules.tick_hz is None:
            return self._take_turn(received)
        code = self._pointed_key(received.message)
        if code is not None:
            self._book.tap(code)
        self._fresh.append(received)
        return None

    def tick(self) -> Ending | None:
        """Make the step that the keys say (LIVE-34)."""
        keys = self._book.at_tick()
        action = keys.action
        if action is None:
            action = self._rules.choose_action(keys.held, keys.taps, self._stage.last_action, self._stage.n_steps)
        for received in self._fresh:
            self._ledger.add_input(received, self._stage.n_steps)
        newest = self._fresh[-1] if self._fresh else None
        self._fresh.clear()
        return self._stage.step(action, newest, self._book.last_seq)

    def let_go(self) -> None:
        """The game stops: keys count as released, and what came for a tick that will not be is recorded (LIVE-23)."""
        for received in self._fresh:
            self._ledger.add_input(received, None)
        self._fresh.clear()
        self._book.release_all()

    def _take_turn(self, received: Received) -> Ending | None:
        message = received.message
        action: int | None = None
        if message.kind == "action" and isinstance(message.action, int):
            action = message.action
        else:
            code = message.code if message.kind == "down" else self._pointed_key(message)
            if code is not None:
                action = self._rules.turn_keys.press(code)
        self._ledger.add_input(received, None if action is None else self._stage.n_steps)
        return None if action is None else self._stage.step(action, received, self._book.last_seq)

    def _pointed_key(self, message: AnyInput) -> str | None:
        if message.x is None or message.y is None:
            return None
        return self._rules.pointer_key(message.x, message.y)

    # --- what another machine had and lost ---

    def keep_if_lost(self, received: Received) -> bool:
        """Keep an input that acted in a step which the client has seen and the record here has not (LIVE-36)."""
        message = received.message
        applied = message.applied_step if isinstance(message, ResentInput) else None
        if not self._rules.deterministic or applied is None or applied < self._stage.n_steps:
            return False
        self._book.last_seq = message.seq
        self._lost.append(received)
        return True

    def note_last_seen(self, last_step: int) -> None:
        """The client has seen picture `last_step`: steps up to there are to be made again when the game goes on."""
        if self._rules.deterministic:
            self._lost_until = min(max(self._lost_until, last_step), self._stage.n_steps + MAX_REMADE_STEPS)

    def remake_lost(self) -> Ending | None:
        """Make the steps that were lost with another machine again, from the inputs that its client kept."""
        if self._lost_until <= self._stage.n_steps:
            return None
        waiting, self._lost = self._lost, []
        ending: Ending | None = None
        while self._stage.n_steps < self._lost_until and ending is None:
            before = self._stage.n_steps
            while ending is None and waiting and _applied_step(waiting[0]) <= self._stage.n_steps:
                ending = self.follow(waiting.pop(0))
            if self._rules.tick_hz is not None:
                ending = self.tick()
            elif self._stage.n_steps == before:
                break
        for received in waiting:
            self._ledger.add_input(received, None)
        self._lost_until = 0
        self._book.release_all()
        return ending


def _applied_step(received: Received) -> int:
    message = received.message
    return message.applied_step or 0 if isinstance(message, ResentInput) else 0
