"""A whole server whose examiner tries and paints what is missing, and ends."""

from __future__ import annotations

import json
import urllib.request
from functools import partial
from pathlib import Path

import pytest
from tests.serving import Server, serving
from tests.waiting import await_true

from skill_arcade.server.checkup import check_all
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.game_conditions import Condition, GameConditions
from skill_arcade.server.offered_games import load_catalogue
from skill_arcade.server.settings import Settings

BROKEN = """
id: Broken.v0
title: Broken
summary: Needs what is not installed.
instructions: [None.]
environment: {id: "no_such_package:Broken-v0"}
picture: {width: 12, height: 8}
pacing: {mode: realtime, tick_hz: 30}
controls: [{does: GO, keys: [KeyG], say: Go}]
no_key: {action: NOOP}
actions: [NOOP, GO]
metric: {name: Score, unit: points, from: reward, better: higher}
outcome: {won: never}
max_steps: 100
seed: {policy: random}
noop_starts: {policy: fixed, value: 0}
deterministic: true
"""


def read_game(server: Server, game_id: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{server.url}/games/{game_id}", timeout=10) as answer:
        game: dict[str, object] = json.load(answer)
        return game


def keeps_picture(server: Server, game_id: str) -> bool:
    with urllib.request.urlopen(f"{server.url}/games/{game_id}/picture.png", timeout=10) as answer:
        return str(answer.headers["Cache-Control"]) != "no-store"


@pytest.mark.slow
def test_a_server_tries_and_paints_what_it_does_not_know_and_lists_what_cannot_be_played(tmp_path: Path) -> None:
    games = tmp_path / "games"
    games.mkdir()
    (games / "Broken.v0.yaml").write_text(BROKEN)
    settings = Settings(data=tmp_path / "data", games=games)
    catalogue = load_catalogue(settings)
    known = GameConditions(DataFolder(settings.data).pictures, catalogue)
    for game in catalogue:
        if game.id not in {"Broken.v0", "CartPole.v1"}:
            known.write_condition(game.id, Condition(None, 1.0))
            known.write_picture(game.id, b"known")
    settings.data.chmod(0o700)
    with serving(settings.data, examine_games="true", games=str(games)) as server:
        await_told = partial(await_true, tell=lambda: server.log.read_text()[-4000:])
        await_told(lambda: keeps_picture(server, "CartPole.v1"))
        await_told(lambda: read_game(server, "Broken.v0")["unavailable"] is not None)
        assert "no_such_package" in str(read_game(server, "Broken.v0")["unavailable"])
        assert read_game(server, "CartPole.v1")["unavailable"] is None
        assert not keeps_picture(server, "Broken.v0")
        await_told(lambda: not _examiners(server))
        assert server.stop() == 0
        assert server.log.read_text().count("are examined") == 1
        assert "Broken.v0 cannot be played" in server.log.read_text()
    (games_found,) = [finding for finding in check_all(settings) if finding.what == "games"]
    assert not games_found.ok
    assert games_found.sentence.startswith("What cannot be played (1):\nBroken.v0: ")


def _examiners(server: Server) -> list[int]:
    return [pid for pid in server.pids("skill_arcade.server.child_process") if _has_word(pid, b"examiner")]


def _has_word(pid: int, word: bytes) -> bool:
    try:
        return word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
