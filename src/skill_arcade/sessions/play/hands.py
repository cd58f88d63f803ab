"""What the player's hands do: inputs in order, and what they make of the next step (LIVE-30 to LIVE-37)."""

from __future__ import annotations

from skill_arcade.domain.action import Action
from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.sessions.play.inputs import AnyInput, InputBook, Received
from skill_arcade.sessions.play.ledger import Ledger
from skill_arcade.sessions.play.rules import Rules
from skill_arcade.sessions.play.stage import Ending, Stage, StartPoint
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
        self._book = InputBook(start.last_seq, start.held, start.pointing)
        # Inputs that have come since the last tick and will act in the next (LIVE-34).
        self._fresh: list[Received] = []
        # Inputs of steps that another machine made and lost, and the last such step (LIVE-36).
        self._lost: list[Received] = []
        self._lost_until = 0
        for press in start.unfinished:
            self._press(press.code, press.x, press.y)

    @property
    def n_steps(self) -> int:
        """Steps made."""
        return self._stage.n_steps

    @property
    def last_seq(self) -> int:
        """The newest input that was taken."""
        return self._book.last_seq

    @property
    def _applied_seq(self) -> int:
        """The newest input that has been applied: those that are kept for steps to be made again come after it."""
        return self._lost[0].message.seq - 1 if self._lost else self._book.last_seq

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
        space = self._rules.action_space
        if not space.accepts(message.action):
            raise ProtocolViolation(
                Close.OUT_OF_ORDER, f"the action {message.action} is none of this game, which {space.describe()}"
            )

    def follow_idle(self, received: Received) -> None:
        """Take an input while the game does not run: it is recorded and makes no step (LIVE-37)."""
        self._book.follow_idle(received.message, replayed=received.replayed)
        self._ledger.add_input(received, None)

    def follow(self, received: Received) -> Ending | None:
        """Take an input while the game runs: it acts in the next tick, or makes a move at once."""
        message = received.message
        self._book.take(message)
        if self._rules.tick_hz is None:
            return self._take_turn(received)
        if message.kind in ("down", "pointer"):
            code = self._pressed_key(message.code, message.x, message.y)
            if code is not None:
                self._book.press(code)
        self._fresh.append(received)
        return None

    def tick(self) -> Ending | None:
        """Make the step that the keys say (LIVE-34)."""
        keys = self._book.at_tick()
        action = keys.action
        if action is None:
            before = self._stage.last_action
            action = self._rules.choose_action(keys.held, keys.taps, keys.pointing, before, self._stage.n_steps)
        acting, self._fresh = self._fresh, []
        return self._step(action, acting)

    def let_go(self) -> None:
        """The game stops: keys count as released, and what came for a tick that will not be is recorded (LIVE-23)."""
        for received in self._lost:
            self._book.follow_mouse(received.message)
        for received in (*self._fresh, *self._lost):
            self._ledger.add_input(received, None)
        self._fresh.clear()
        self._lost.clear()
        self._book.release_all()

    def _take_turn(self, received: Received) -> Ending | None:
        message = received.message
        action: Action | None = None
        if message.kind == "action":
            action = message.action
        elif message.kind in ("down", "pointer"):
            action = self._press(message.code, message.x, message.y)
        if action is None:
            self._ledger.add_input(received, None)
            return None
        return self._step(action, [received])

    def _step(self, action: Action, acting: list[Received]) -> Ending | None:
        try:
            return self._stage.step(action, acting, self._applied_seq)
        except EnvironmentFailed:
            # There is no step that they acted in; that they came is recorded all the same.
            for received in acting:
                self._ledger.add_input(received, None)
            raise

    def _press(self, code: str | None, x: float | None, y: float | None) -> Action | None:
        """Press a key, or the key that a click stands for; the action of the move that it completes."""
        key = self._pressed_key(code, x, y)
        return None if key is None else self._rules.turn_keys.press(key)

    def _pressed_key(self, code: str | None, x: float | None, y: float | None) -> str | None:
        """The key itself, or the one that a click stands for, if it stands for any."""
        if code is not None:
            return code
        return None if x is None or y is None else self._rules.pointer_key(x, y)

    # --- what another machine had and lost ---

    def keep_if_lost(self, received: Received) -> bool:
        """Keep an input that acted in a step which the client has seen and the record here has not (LIVE-36).

        What came after such an input is kept too, whatever it did: inputs are recorded in order.
        """
        applied = _applied_step(received)
        is_lost = self._rules.deterministic and applied is not None and applied >= self._stage.n_steps
        if not is_lost and not self._lost:
            return False
        self._book.last_seq = received.message.seq
        self._lost.append(received)
        return True

    def note_last_seen(self, last_step: int) -> None:
        """The client has seen picture `last_step`: steps up to there are to be made again when the game goes on."""
        if self._rules.deterministic:
            self._lost_until = min(max(self._lost_until, last_step), self._stage.n_steps + MAX_REMADE_STEPS)

    def remake_lost(self) -> Ending | None:
        """Make the steps that were lost with another machine again, from the inputs that its client kept."""
        if self._lost_until <= self._stage.n_steps:
            if self._lost:  # of steps that the client itself says it never saw: they are recorded, and act no more
                self.let_go()
            return None
        ending: Ending | None = None
        while self._stage.n_steps < self._lost_until and ending is None:
            before = self._stage.n_steps
            ending = self._follow_lost()
            if self._rules.tick_hz is not None:
                ending = self.tick()
            elif self._stage.n_steps == before:
                break
        self._lost_until = 0
        self.let_go()
        return ending

    def _follow_lost(self) -> Ending | None:
        """Take the kept inputs that acted up to the step that comes next, and those between them that did not act."""
        while self._lost:
            applied = _applied_step(self._lost[0])
            if applied is None and self._fresh:
                break  # those come first, with the tick that comes next: inputs are recorded in order
            if applied is None:
                self.follow_idle(self._lost.pop(0))
                continue
            if applied > self._stage.n_steps:
                break
            ending = self.follow(self._lost.pop(0))
            if ending is not None:
                return ending
        return None


def _applied_step(received: Received) -> int | None:
    message = received.message
    return message.applied_step if isinstance(message, ResentInput) else None
