"""What a supervisor counts from its start on. What a session has counted stays when the session ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from skill_arcade.sessions.play.punctuality import Punctuality
from skill_arcade.sessions.supervision.session import Session
from skill_arcade.wire.closes import Close

_OF_THE_PROTOCOL: Final = (1002, 1007, 1009)
"""What WebSockets themselves say of a client's mistakes (RFC 6455, 7.4.1)."""

BY_CLIENT: Final = "client"
BY_NOBODY: Final = "none"
OTHER: Final = "other"

ENDINGS: Final = (*(str(code) for code in sorted({*map(int, Close), *_OF_THE_PROTOCOL})), BY_CLIENT, BY_NOBODY, OTHER)
"""How a player's socket ends: closed by us with a code, closed by the client (which may say any code it likes), or lost
without a word."""

Death = Literal["starting", "playing", "hung"]
"""When a session's process died: before it could be attached to, afterwards, or killed because it gave no sign of life.
"""


class Tally:
    """Counts sessions, and adds up what they count.

    Attributes:
        n_started: sessions that could be attached to: of new episodes, and of those resumed from their journals.
        n_deaths: sessions whose process did not end in order.
    """

    def __init__(self) -> None:
        self.n_started = {"new": 0, "resumed": 0}
        self.n_deaths: dict[Death, int] = {"starting": 0, "playing": 0, "hung": 0}
        self._punctuality = Punctuality()
        self._n_closed = Counter[str]()

    def note_start(self, session: Session) -> None:
        """The session can be attached to."""
        self.n_started["new" if session.is_new else "resumed"] += 1

    def note_death(self, death: Death) -> None:
        """A session's process is gone, and not in order."""
        self.n_deaths[death] += 1

    def keep(self, session: Session) -> None:
        """The session is no more. One that died may have counted for a second without telling."""
        if session.punctuality is not None:
            self._punctuality += session.punctuality
        self._n_closed.update(session.n_closed)

    def sum_punctuality(self, sessions: Iterable[Session]) -> Punctuality:
        """Of all ticks: those of sessions that are no more, and of these."""
        told = (session.punctuality for session in sessions if session.punctuality is not None)
        return sum(told, self._punctuality)

    def sum_closed(self, sessions: Iterable[Session]) -> Mapping[str, int]:
        """Sockets that have ended, by each of `ENDINGS`: of sessions that are no more, and of these."""
        n_closed = self._n_closed.copy()
        for session in sessions:
            n_closed.update(session.n_closed)
        known = {ending: n_closed[ending] for ending in ENDINGS}
        return {**known, OTHER: n_closed.total() - sum(n for ending, n in known.items() if ending != OTHER)}
