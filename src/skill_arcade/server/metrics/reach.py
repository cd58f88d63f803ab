"""Whether something outside of this process answers, asked without waiting for long."""

from __future__ import annotations

import threading
from collections.abc import Callable

from skill_arcade.domain.errors import SkillArcadeError

PATIENCE_S = 1.0


class Reach:
    """Asks one thing; one question at a time, however long an answer takes."""

    def __init__(self, ask: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
        """Ask nothing yet.

        Args:
            ask: raises SkillArcadeError or OSError where no good answer comes.
            patience_s: what takes longer counts as no answer.
        """
        self._ask = ask
        self._patience_s = patience_s
        self._asking: threading.Thread | None = None
        self._lock = threading.Lock()
        self._answers = False

    def look(self) -> bool:
        """Whether it answers now."""
        with self._lock:
            if self._asking is None or not self._asking.is_alive():
                # A thread that a stuck network does not let end keeps no process from ending.
                self._asking = threading.Thread(target=self._look, daemon=True)
                self._asking.start()
            asking = self._asking
        asking.join(self._patience_s)
        return self._answers and not asking.is_alive()

    def _look(self) -> None:
        self._answers = False
        try:
            self._ask()
        except (SkillArcadeError, OSError):
            return  # who watches is told by the metric, and whoever needs it says in its own log why it does not work
        self._answers = True
