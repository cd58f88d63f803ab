"""When each picture was drawn first, joined from the client's reports (REC-26)."""

from __future__ import annotations

from dataclasses import dataclass

from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.records import RecordKind, parse_json, parse_number


@dataclass(frozen=True, slots=True)
class DrawnTimes:
    """Client times of the drawing calls.

    Attributes:
        at_us: for each picture 0 … n, client time; None if it was never drawn.
        segment: for each picture, the segment whose client clock that is.
    """

    at_us: list[int | None]
    segment: list[int | None]


def read_drawn_times(journal: EpisodeJournal) -> DrawnTimes:
    """Join the reports of an episode to its pictures."""
    at_us: list[int | None] = [None] * (journal.n_steps + 1)
    segment: list[int | None] = [None] * (journal.n_steps + 1)
    newest_picture = -1
    for record in journal.records(RecordKind.PICTURE, RecordKind.DRAWN):
        if record.kind is RecordKind.PICTURE:
            newest_picture = parse_number(record.body)
        elif record.kind is RecordKind.DRAWN:
            report = parse_json(record.body)
            for step, time in zip(report["steps"], report["at_us"], strict=True):
                if 0 <= step <= newest_picture and at_us[step] is None:
                    at_us[step], segment[step] = time, report["segment"]
    return DrawnTimes(at_us, segment)
