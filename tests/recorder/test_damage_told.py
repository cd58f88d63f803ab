from __future__ import annotations

from pathlib import Path

import pytest
from tests.recorder.recordings import CountingJournal

from skill_arcade.domain.episode import EndReason
from skill_arcade.recorder.closing import close_orphan
from skill_arcade.recorder.damage_told import add_damage, find_damage_told, tell_damage
from skill_arcade.recorder.reading import read_episode_journal

TOLD = "Damaged: epoch 1, byte 9: A record is wrong."


@pytest.mark.parametrize(
    ("detail", "told", "both"),
    [
        (None, None, None),
        ("It took too long.", None, "It took too long."),
        (None, TOLD, TOLD),
        ("It took too long.", TOLD, f"It took too long. {TOLD}"),
        (f"It took too long. {TOLD}", TOLD, f"It took too long. {TOLD}"),
    ],
)
def test_damage_is_told_behind_any_other_detail_and_found_there_again(
    detail: str | None, told: str | None, both: str | None
) -> None:
    """REC-13."""
    assert add_damage(detail, told) == both
    assert find_damage_told(both) == told


def test_a_sound_journal_tells_of_no_damage(tmp_path: Path) -> None:
    CountingJournal.begin(tmp_path).play(2).end(detail="the player left")
    assert tell_damage(read_episode_journal(tmp_path)) is None


def test_what_was_known_when_the_episode_was_closed_is_told_though_the_journals_do_not_show_it(tmp_path: Path) -> None:
    """REC-40."""
    CountingJournal.begin(tmp_path).play(2).writer.close()
    assert tell_damage(close_orphan(tmp_path, EndReason.ABANDONED, TOLD)) == TOLD
