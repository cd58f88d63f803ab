"""What an episode's journals hold besides pictures and observations, gathered in one pass over them."""

from __future__ import annotations

from dataclasses import dataclass, field

from skill_arcade.recorder.drawn_times import DrawnTimes
from skill_arcade.recorder.episode_journal import EpisodeJournal, Members
from skill_arcade.recorder.records import RecordKind, parse_json, parse_number

_GATHERED = (
    *(RecordKind.SEGMENT, RecordKind.STEP, RecordKind.PICTURE),
    *(RecordKind.EVENT, RecordKind.DRAWN, RecordKind.CLOCK),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Steps of one segment and one epoch.

    Attributes:
        first: index of the first of them.
        segment: its number; None before the first SEGMENT.
        epoch: its number.
    """

    first: int
    segment: int | None
    epoch: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """The records that tables are made of, in order.

    Attributes:
        steps: bodies of STEP: 48 bytes each and a little more, so that a long episode may be held.
        stretches: where they were recorded.
        events: EVENT records.
        clocks: CLOCK records.
        drawn: when the pictures were drawn.
    """

    drawn: DrawnTimes
    steps: list[bytes] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    events: list[Members] = field(default_factory=list)
    clocks: list[Members] = field(default_factory=list)


def gather_records(journal: EpisodeJournal) -> Gathered:
    """Read the journals of an episode once."""
    gathered = Gathered(DrawnTimes.of_pictures(journal.n_steps + 1))
    steps, stretches = gathered.steps, gathered.stretches
    segment: int | None = None
    newest_picture: bytes | None = None
    for kind, body, epoch in journal.records(*_GATHERED):
        if kind is RecordKind.STEP:
            if not stretches or stretches[-1].segment != segment or stretches[-1].epoch != epoch:
                stretches.append(Stretch(len(steps), segment, epoch))
            steps.append(body)
        elif kind is RecordKind.PICTURE:
            newest_picture = body
        elif kind is RecordKind.EVENT:
            gathered.events.append(parse_json(body))
        elif kind is RecordKind.DRAWN:
            # A report of a picture that was not made yet belongs to steps that were set aside (REC-26).
            if newest_picture is not None:
                gathered.drawn.join(parse_json(body), parse_number(newest_picture))
        elif kind is RecordKind.CLOCK:
            gathered.clocks.append(parse_json(body))
        elif kind is RecordKind.SEGMENT:
            segment = parse_json(body)["segment"]
    return gathered
