from __future__ import annotations

from pathlib import Path

import pytest
from tests.recorder.recordings import CountingJournal, check_is_counting_game, end_of

from skill_arcade.domain.episode import EndReason
from skill_arcade.domain.errors import EpisodeNotFound, RecordingError
from skill_arcade.domain.generation import EPOCHS_OF_A_GENERATION
from skill_arcade.recorder.chain import write_generation
from skill_arcade.recorder.closing import Moment, close_orphan, repeat_end
from skill_arcade.recorder.reading import read_episode_journal, scan_journal
from skill_arcade.recorder.records import RecordKind

MOMENT = Moment(utc_ns=1_769_904_003_750_000_000, monotonic_ns=200_000_000, server_boot="boot-1")


@pytest.mark.parametrize("has_observation", [False, True])
def test_closing_adopts_every_step_and_says_why_the_episode_ended(tmp_path: Path, has_observation: bool) -> None:
    """REC-17, REC-30, REC-40."""
    journal = CountingJournal.begin(tmp_path, has_observation=has_observation).play(8)
    journal.writer.write(journal.group(8)[:-1])  # its process died in the middle of this step
    journal.writer.close()
    closed = close_orphan(tmp_path, EndReason.NOT_RESUMABLE, "the replay led elsewhere", moment=MOMENT)
    check_is_counting_game(list(closed.steps), [(n, p.copy()) for n, p in closed.pictures], 8)
    assert closed.damage == ()
    assert closed.end == {
        **end_of(8),
        "end_reason": "not_resumable",
        "detail": "the replay led elsewhere",
        "final_hash": f"{7:016x}",
        "active_time_s": None,
        "ended_utc": "2026-02-01T00:00:03.750000Z",
    }
    last = closed.segments[-1]
    assert (last["segment"], last["epoch"], last["first_step"], last["cause"]) == (1, 2, 8, "closed")
    assert last["gap_ns"] == 200_000_000 - (1_000_000 + 7 * 16_666_667)
    kinds = [record.kind for record in scan_journal(closed.ranges[-1].path)]
    observation = [RecordKind.OBSERVATION] if has_observation else []
    assert kinds == [RecordKind.OPEN, RecordKind.SEGMENT, RecordKind.PICTURE, *observation, RecordKind.END]


def test_closing_twice_writes_once(tmp_path: Path) -> None:
    CountingJournal.begin(tmp_path).play(2).writer.close()
    first = close_orphan(tmp_path, EndReason.ABANDONED, None)
    second = close_orphan(tmp_path, EndReason.ENVIRONMENT_CRASHED, "later")
    assert second.end == first.end
    assert len(list(tmp_path.iterdir())) == 2


def test_an_episode_that_died_before_its_first_picture_can_be_closed(tmp_path: Path) -> None:
    """REC-37: whatever there is can be sealed."""
    journal = CountingJournal.begin(tmp_path)
    journal.writer.close()
    path = journal.writer.path
    opening = next(iter(scan_journal(path)))
    path.write_bytes(path.read_bytes()[: opening.cursor.n_bytes])
    closed = close_orphan(tmp_path, EndReason.ENVIRONMENT_CRASHED, "at reset")
    assert (closed.n_steps, list(closed.pictures), closed.end is not None) == (0, [], True)


def test_an_episode_whose_writer_lives_is_no_orphan(tmp_path: Path) -> None:
    """REC-32."""
    journal = CountingJournal.begin(tmp_path).play(1)
    with pytest.raises(RecordingError, match="still being written"):
        close_orphan(tmp_path, EndReason.ABANDONED, None)
    journal.writer.close()
    assert read_episode_journal(tmp_path).end is None


def test_without_a_journal_there_is_nothing_to_close(tmp_path: Path) -> None:
    with pytest.raises(EpisodeNotFound):
        close_orphan(tmp_path / "missing", EndReason.ABANDONED, None)


def test_what_an_environment_says_is_kept_on_one_line_and_not_whole(tmp_path: Path) -> None:
    """REC-40."""
    CountingJournal.begin(tmp_path).writer.close()
    closed = close_orphan(tmp_path, EndReason.ENVIRONMENT_CRASHED, "a\n  b\t" + 5000 * "c")
    assert closed.end is not None
    assert closed.end["detail"] == "a b " + 296 * "c" + "…"


def test_whoever_has_taken_an_episode_over_closes_it_in_an_epoch_of_their_own(tmp_path: Path) -> None:
    """REC-32."""
    CountingJournal.begin(tmp_path).play(2).writer.close()
    write_generation(tmp_path, 3)
    closed = close_orphan(tmp_path, EndReason.ABANDONED, None)
    assert [each.epoch for each in closed.adopted] == [1, 3 * EPOCHS_OF_A_GENERATION + 1]
    assert (closed.n_steps, closed.damage) == (2, ())


def test_the_end_of_an_episode_that_ended_elsewhere_is_said_once_more(tmp_path: Path) -> None:
    """REC-30, REC-32, REC-40: in an epoch of the server that has taken it over."""
    CountingJournal.begin(tmp_path).play(8).end(status="won", end_reason="terminated", final_hash="ab")
    before = read_episode_journal(tmp_path)
    write_generation(tmp_path, 1)
    again = repeat_end(tmp_path, MOMENT)
    check_is_counting_game(list(again.steps), [(n, p.copy()) for n, p in again.pictures], 8)
    assert again.end == before.end
    assert [each.epoch for each in again.adopted] == [1, EPOCHS_OF_A_GENERATION + 1]
    assert again.adopted[0] == before.adopted[0]
    assert again.damage == ()
    assert RecordKind.END in [record.kind for record in scan_journal(again.ranges[-1].path)]


def test_an_end_that_was_never_said_is_not_repeated(tmp_path: Path) -> None:
    CountingJournal.begin(tmp_path).play(8).writer.close()
    with pytest.raises(RecordingError, match="has not ended"):
        repeat_end(tmp_path)
