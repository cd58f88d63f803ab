"""When each picture was drawn first, joined from the client's reports (REC-26)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from skill_arcade.recorder.episode_journal import Members


@dataclass(frozen=True, slots=True)
class DrawnTimes:
    """Client times of the drawing calls.

    Attributes:
        at_us: for each picture 0 … n, client time; None if it was never drawn.
        segment: for each picture, the segment whose client clock that is.
    """

    at_us: list[int | None]
    segment: list[int | None]

    @classmethod
    def of_pictures(cls, n_pictures: int) -> Self:
        """None of so many pictures was drawn."""
        return cls([None] * n_pictures, [None] * n_pictures)

    def join(self, report: Members, newest_picture: int) -> None:
        """Join a DRAWN record to its pictures; the first report of a picture counts.

        Args:
            report: the record.
            newest_picture: number of the newest picture that there was where the report stands.
        """
        at_us, segment = self.at_us, report["segment"]
        for step, time in zip(report["steps"], report["at_us"], strict=True):
            if 0 <= step <= newest_picture and at_us[step] is None:
                at_us[step], self.segment[step] = time, segment
