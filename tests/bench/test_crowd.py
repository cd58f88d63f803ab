"""A crowd on a real server: what it was sent is what the record says."""

from __future__ import annotations

from pathlib import Path

import pytest

from skill_arcade.bench.crowd import CrowdSpec
from skill_arcade.bench.playing import play_and_account, rates_hz
from skill_arcade.bench.served import DidNotHappen, serving
from skill_arcade.bench.stretches import read_running
from skill_arcade.dataset import open_dataset
from skill_arcade.wire.closes import Close

GAMES = ("CartPole.v1", "Pong.v0")


def test_a_crowd_plays_and_tells_what_it_was_sent(tmp_path: Path) -> None:
    looks: list[int] = []
    with serving(tmp_path / "data") as server:
        spec = CrowdSpec(server.url, GAMES, n_players=4, play_s=4.0, apart_s=0.1, episode_s=(1.0, 1.5))
        report, span = play_and_account(server, spec, lambda: looks.append(len(server.session_pids())))
        dataset = open_dataset(server.data)
        recorded = {each.episode_id: dataset.episode(each.episode_id) for each in report.episodes}
        steps = {name: read_running(episode) for name, episode in recorded.items()}
    assert [len(episodes) >= 2 for episodes in report.players] == [True] * 4
    assert {each.game_id for each in report.episodes} == set(GAMES)
    assert {each.close[0] for each in report.episodes} == {Close.ENDED}
    for each in report.episodes:
        # Each picture that a step made came, and picture 0; those after `quit` was sent may have come or not.
        assert each.n_pictures + each.n_skipped == len(steps[each.episode_id].t_tick_ns) + 1
        assert each.first_picture_us > 0
        assert each.n_pictures <= each.picture_bytes
    assert any(each.answer_us for each in report.episodes)
    assert all(rate > 0 for rate in rates_hz(report))
    assert span is not None
    assert span.cpu_s["sessions"] > span.cpu_s["gateway"] >= 0
    (n_at_once,) = looks  # somebody may be between two episodes
    assert 0 < n_at_once <= 4


def test_a_crowd_that_cannot_play_is_told_with_the_servers_last_words(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "data") as server,
        pytest.raises(DidNotHappen, match="the crowd failed with status 1"),
    ):
        play_and_account(server, CrowdSpec(server.url, ("NoSuchGame.v0",), n_players=1, play_s=1.0))
