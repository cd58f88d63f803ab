"""What happens beside steps and inputs, as the record tells it: segments, the server's events, reports, the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skill_arcade.recorder.entries import SegmentStart
from skill_arcade.recorder.records import RecordKind
from skill_arcade.sessions.play.clocks import Clock
from skill_arcade.sessions.play.entries import clock_entry, end_of_stage, ended_of, segment_of_client
from skill_arcade.sessions.play.ledger import Ledger
from skill_arcade.sessions.play.stage import Ending, Stage, StartPoint
from skill_arcade.wire.from_client import ClockSample, Drawn, Hello
from skill_arcade.wire.from_server import Ended

WALL_CLOCK_SHIFT_NS = 500_000_000
"""How far the wall clock may be from where the record has it, before the record is told."""


class Chronicle:
    """Adds to the ledger what belongs to a segment, and knows which segment it is."""

    def __init__(self, *, ledger: Ledger, stage: Stage, clock: Clock, start: StartPoint) -> None:
        self._ledger = ledger
        self._stage = stage
        self._clock = clock
        self._start = start
        self._segment = start.segment
        self._was_attended = start.started
        # By how much the wall clock is ahead of the monotonic one, as the record has it.
        self._ahead_ns = clock.utc_ns() - clock.monotonic_ns()

    @property
    def segment(self) -> int:
        """The number of the segment that goes on now."""
        return self._segment

    def begin_segment(self, hello: Hello, now_ns: int) -> None:
        """A client has come (REC-18)."""
        self._segment += 1
        last_tick_ns = self._stage.last_tick_ns
        start = SegmentStart(
            segment=self._segment,
            epoch=self._start.epoch,
            server_boot=self._start.server_boot,
            first_step=self._stage.n_steps,
            cause="reconnected" if self._was_attended else "connected",
            gap_ns=None if last_tick_ns is None else now_ns - last_tick_ns,
        )
        entry = segment_of_client(start, hello, self._clock)
        self._ledger.add_json(RecordKind.SEGMENT, entry)
        self._ahead_ns = entry["utc_ns"] - entry["monotonic_ns"]
        self._was_attended = True

    def note(self, kind: str, now_ns: int, detail: Mapping[str, Any] | None = None) -> None:
        """Something happened on the server (REC-25), before the step that comes next."""
        self._ledger.add_server_event(kind, self._stage.n_steps, now_ns, self._segment, detail)

    def note_wall_clock(self) -> bool:
        """Tell the record that the wall clock was set, if it was (REC-25); whether it was."""
        before_ns, utc_ns, now_ns = self._clock.monotonic_ns(), self._clock.utc_ns(), self._clock.monotonic_ns()
        # This process may have been held up between the looks, which sets no clock.
        least_ahead_ns, most_ahead_ns = utc_ns - now_ns, utc_ns - before_ns
        if least_ahead_ns - WALL_CLOCK_SHIFT_NS <= self._ahead_ns <= most_ahead_ns + WALL_CLOCK_SHIFT_NS:
            return False
        self._ahead_ns = least_ahead_ns
        self.note("clock", now_ns, {"utc_ns": utc_ns})
        return True

    def note_clock(self, sample: ClockSample, clock_step_us: float) -> None:
        """The four times of a ping and its pong (REC-27)."""
        self._ledger.add_json(RecordKind.CLOCK, clock_entry(sample, self._segment, clock_step_us))

    def note_drawn(self, drawn: Drawn, n_acked: int) -> None:
        """What a client drew (REC-26). Pictures beyond `n_acked` are of steps that were lost with another machine."""
        known = [(step, at_us) for step, at_us in zip(drawn.steps, drawn.at_us, strict=True) if step <= n_acked]
        if known:
            steps, at_us = zip(*known, strict=True)
            self._ledger.add_json(RecordKind.DRAWN, {"segment": self._segment, "steps": steps, "at_us": at_us})

    def note_end(self, ending: Ending, active_s: float) -> Ended:
        """How the episode ended (REC-40); what its player is to be told once that is written."""
        end = end_of_stage(ending, self._stage, active_s, self._clock)
        self._ledger.add_json(RecordKind.END, end)
        return ended_of(end)
