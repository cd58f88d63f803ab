"""The pages for people who read recordings: what stands in them runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.dataset.playing import BALANCE, record_play
from tests.recorder.recordings import PROVENANCE

from skill_arcade.archive.local import LocalStore
from skill_arcade.domain.episode import Verification
from skill_arcade.recorder.seal import seal_episode

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "recording-in-python.md"


def run_blocks(page: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the page's Python one block after another where `data/` is; the names they made."""
    monkeypatch.chdir(data.parent)
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)
    names: dict[str, Any] = {}
    for i, block in enumerate(blocks):
        exec(compile(block, f"{page.name} block {i}", "exec"), names)
    assert len(blocks) > 5
    return names


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with three sealed episodes, and one of a game whose actions are lists and observations dicts."""
    folder = tmp_path / "data"
    for n_steps in (6, 12, 18):
        facts = {"game_id": "Breakout.v0"}
        journal = record_play(folder / "journal", uuid4(), actions=[2, 1, 0] * (n_steps // 3), provenance=facts)
        seal_episode(journal, LocalStore(folder), Verification.VERIFIED)
    lists = {"game_id": "Balance.v0", "game": {**PROVENANCE["game"], "rest": [0.0, 0.0]}}
    journal = record_play(folder / "journal", uuid4(), BALANCE, actions=[(0.5, -1.0)] * 9, provenance=lists)
    seal_episode(journal, LocalStore(folder), Verification.VERIFIED)
    return folder


def test_the_page_on_python_runs_and_says_what_is_recorded(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """REC-36, REC-44, REC-46: DuckDB and plain pyarrow read everything, actions and observations game by game."""
    names = run_blocks(PAGE, data, monkeypatch)
    assert sorted(n_steps for *_, n_steps, _score, _status in names["learning"]) == [6, 9, 12, 18]
    scores = {episode.info.n_steps: episode.info.score for episode in names["dataset"].episodes()}
    for _episode_id, n_steps, score in names["rewards"]:
        assert score == pytest.approx(scores[n_steps])
    assert sum(names["n_actions"].column("count_all").to_pylist()) == 36
    assert dict(names["counts"]) == {0: 12, 1: 12, 2: 12}
    assert names["result"].verification is Verification.VERIFIED
    parts = {"body.near~1by": 1, "body.~2": 2, "~01.0": 3}
    assert names["nest"](parts) == {"body": {"near.by": 1, "": 2}, "~1": {"0": 3}}
    assert names["n_files"] == len(list((data.parent / "pictures").iterdir()))
