"""How often this process has refused what, since its start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from skill_arcade.server.http.problems import PROBLEMS
from skill_arcade.wire.closes import Close

OTHER: Final = "other"
"""What no table of ours names."""

_OF_CLOSE: Final = {
    1008: "not_allowed",  # what is said before a handshake, so that it becomes HTTP 403
    **{close.value: close.reason for close in Close},
}
_REASONS: Final = sorted({code for _, code in PROBLEMS.values()} | set(_OF_CLOSE.values()) | {OTHER})


class RefusalCounts:
    """Counts by reason. All reasons are there from the beginning: a first refusal then counts as one more."""

    def __init__(self) -> None:
        self.n_refused = dict.fromkeys(_REASONS, 0)

    def describe(self) -> Mapping[str, Mapping[str, int]]:
        """For the status board."""
        return {"n_refused": dict(self.n_refused)}

    def note(self, reason: str) -> None:
        """Something was refused: for a reason of `PROBLEMS`, or of the table of closes."""
        self.n_refused[reason if reason in self.n_refused else OTHER] += 1

    def note_close(self, code: int) -> None:
        """A socket was closed by this process, so before it was given to a session."""
        self.note(_OF_CLOSE.get(code, OTHER))
