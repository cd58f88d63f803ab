"""When the steps of a game are made and how each is written and marked, by the rules of LIVE.md."""

from __future__ import annotations

from tests.sessions.fakes import MS, TICK_NS, Table

from skill_arcade.recorder.records import RecordKind
from skill_arcade.wire.frame import FrameFlag


def test_ticks_come_at_absolute_deadlines() -> None:
    """LIVE-25: lateness of single ticks does not add up."""
    table = Table()
    table.begin(played_by="agent")  # of a person's client something would have to be heard meanwhile
    start_ns = table.clock.now_ns
    for k in range(1, 200):
        table.clock.now_ns = start_ns + k * TICK_NS + (k % 7) * MS
        table.play.wake()
    assert table.play.n_steps == 199
    assert not table.journal.events("stall")


def test_after_a_stall_one_tick_is_caught_up_and_the_stall_is_recorded() -> None:
    """LIVE-25, REC-25."""
    table = Table()
    table.begin()
    table.ticks(5)
    table.clock.now_ns += 10 * TICK_NS
    for _ in range(5):
        table.play.wake()
    assert table.play.n_steps == 6
    (stall,) = table.journal.events("stall")
    assert stall["step"] == 5
    assert stall["detail"]["skipped_ticks"] == 9
    table.ticks(1)
    assert table.play.n_steps == 7


def test_a_step_is_written_with_one_write() -> None:
    """REC-15."""
    table = Table()
    table.begin()
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    before = table.journal.n_writes
    table.ticks(1)
    assert table.journal.n_writes == before + 1
    kinds = [kind for kind, _ in table.journal.records[-3:]]
    assert kinds == [RecordKind.EVENT, RecordKind.STEP, RecordKind.PICTURE]


def test_an_invalid_move_is_a_step_and_marked() -> None:
    """LIVE-15, REC-20."""
    table = Table()
    client = table.begin()
    table.input("down", ["Space"], code="Space")
    table.ticks(1)
    assert FrameFlag.INVALID in FrameFlag(client.frames[-1].flags)
    assert table.journal.steps[-1].invalid


def test_state_hashes_come_every_sixty_steps_and_at_the_end() -> None:
    """REC-23."""
    table = Table(ends_after=130)
    table.begin()
    table.ticks(130)
    assert [s.step for s in table.journal.steps if s.state_hash] == [59, 119, 129]
