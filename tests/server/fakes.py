"""Sessions that a test makes up."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from skill_arcade.sessions.supervision.control import Capacity, SessionStatus, SupervisorAway


class FakeControl:
    """Answers what its test has set."""

    def __init__(self) -> None:
        self.why_not = ""
        self.why_none_new = ""
        self.is_away = False
        self.sessions: dict[str, float | None] = {}
        self.put_asides: list[UUID] = []
        self.does_not_let_go = False

    def capacity(self) -> Capacity:
        if self.is_away:
            raise SupervisorAway
        return Capacity(len(self.sessions), not self.why_not, self.why_not, 12)

    def admit(self, episode_id: UUID, person_id: UUID) -> Capacity:
        if self.is_away:
            raise SupervisorAway
        why = self.why_not or self.why_none_new
        return Capacity(len(self.sessions), not why, why, 34)

    def put_aside(self, episode_id: UUID) -> bool:
        if self.is_away:
            raise SupervisorAway
        self.put_asides.append(episode_id)
        return not self.does_not_let_go

    def status(self) -> Sequence[SessionStatus]:
        if self.is_away:
            raise SupervisorAway
        return [SessionStatus(name, 1, 0, alone_s) for name, alone_s in self.sessions.items()]
