from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from skill_arcade.server.sealing.claim import claimed

HOLD = """
import sys, time
from pathlib import Path
from skill_arcade.server.sealing.claim import claimed
with claimed(Path(sys.argv[1])) as is_ours:
    print(is_ours, flush=True)
    time.sleep(600)
"""


def test_an_episode_is_held_by_one_only(tmp_path: Path) -> None:
    with claimed(tmp_path) as first:
        assert first
        with claimed(tmp_path) as second:
            assert not second
    with claimed(tmp_path) as third:
        assert third


def test_a_process_that_is_killed_holds_nothing_any_more(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        with claimed(tmp_path) as is_ours:
            assert not is_ours
    finally:
        holder.kill()
        holder.communicate()
    with claimed(tmp_path) as is_ours:
        assert is_ours


def test_a_folder_that_is_gone_or_was_replaced_meanwhile_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "episode"
    with claimed(folder) as is_ours:
        assert not is_ours
    folder.mkdir()
    from skill_arcade.server.sealing import claim  # noqa: PLC0415

    lock = claim._try_lock

    def take_away_then_lock(descriptor: int) -> bool:
        folder.rename(tmp_path / "removed")
        folder.mkdir()
        return lock(descriptor)

    monkeypatch.setattr(claim, "_try_lock", take_away_then_lock)
    with claimed(folder) as is_ours:
        assert not is_ours


def test_what_is_raised_while_it_is_held_is_raised_and_ends_that(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="wrong"), claimed(tmp_path):
        raise ValueError("wrong")
    with claimed(tmp_path) as is_ours:
        assert is_ours
