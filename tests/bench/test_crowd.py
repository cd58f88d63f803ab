"""A crowd on a real server: what it was sent is what the record says, and whoever loses the connection comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from skill_arcade.bench.crowd.crowd import CrowdSpec
from skill_arcade.bench.crowd.event_loop import read_us
from skill_arcade.bench.crowd.played import longest_gap_us
from skill_arcade.bench.crowd.tickets import FIRST_WAIT_S
from skill_arcade.bench.playing import play, play_and_account, rates_hz
from skill_arcade.bench.sampling import looking
from skill_arcade.bench.served import DidNotHappen, Server, serving
from skill_arcade.bench.stretches import read_running
from skill_arcade.bench.verifying import count_mismatches
from skill_arcade.dataset import open_dataset
from skill_arcade.wire.closes import Close

GAMES = ("CartPole.v1", "Pong.v0")
ALL_MAY_COME = "1"
PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests here."""
    with serving(tmp_path_factory.mktemp("crowd") / "data", admission_cpu_limit=ALL_MAY_COME) as running:
        yield running


def test_a_crowd_plays_and_tells_what_it_was_sent(server: Server) -> None:
    n_at_once: list[int] = []
    spec = CrowdSpec(server.url, GAMES, n_players=4, play_s=5.0, apart_s=0.1, episode_s=(1.5, 2.5))
    report, span = play_and_account(server, spec, lambda: n_at_once.append(len(server.sessions())))
    dataset = open_dataset(server.data)
    running = {each.episode_id: read_running(dataset.episode(each.episode_id)) for each in report.episodes}
    assert len(report.players) == 4
    assert len(report.episodes) > 4
    assert {each.game_id for each in report.episodes} == set(GAMES)
    assert {each.close[0] for each in report.episodes} == {Close.ENDED}
    for each in report.episodes:
        recorded = running[each.episode_id]
        # Picture 0, and each that a step made.
        assert each.n_made == len(recorded.t_tick_ns) + 1
        stepped, t_tick_ns = each.pictures[1:], np.array(recorded.t_tick_ns, np.int64)
        assert (stepped["made_us"] == t_tick_ns[stepped["step"] - 1] // 1000).all()
        # By the record: every step has a time at which it was due, and none came before it (LIVE-25).
        assert len(recorded.lateness_ns) == len(recorded.t_tick_ns)
        assert min(recorded.lateness_ns, default=0) >= 0
        assert each.first_picture_us is not None
        assert each.first_picture_us > 0
        assert (each.transit_us >= 0).all()
        assert each.n_pictures <= each.n_made <= each.picture_bytes
        assert each.n_connections == 1
    assert any(len(each.answer_us) for each in report.episodes)
    assert min(rates_hz(report)) > 0, "everybody was given a game for long enough to tell its rate"
    assert span is not None
    assert span.cpu_s["sessions"] > span.cpu_s["gateway"] >= 0
    assert report.cpu_s > 0
    assert 0 < n_at_once[0] <= 4  # somebody may be between two episodes


def test_whoever_is_cut_off_comes_back_with_the_resume_token_and_misses_no_picture_live_2_live_36_live_71(
    server: Server,
) -> None:
    earlier = {each.episode_id for each in server.sessions()}
    killed_us: list[int] = []

    def kill_both() -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while len(played := [e for e in server.sessions() if e.n_steps and e.episode_id not in earlier]) < 2:
            assert time.monotonic() < deadline_s, f"two games were to be played: {played}"
            time.sleep(0.02)
        killed_us.append(read_us())
        server.kill({each.pid for each in played})

    spec = CrowdSpec(server.url, ("Breakout.v0",), n_players=2, play_s=6.0, apart_s=0.0, keys=("ArrowLeft",))
    with looking(kill_both, 0.0):
        report = play(server, spec)
    assert [len(episodes) for episodes in report.players] == [1, 1]
    for each in report.episodes:
        assert each.n_connections == 2
        assert each.close[0] == Close.ENDED
        assert each.n_pictures == each.n_made
        # What was on its way came a moment later; then nothing for as long as the player waits.
        waited_us = int(FIRST_WAIT_S * 1e6)
        assert longest_gap_us([each], killed_us[0] - 1_000_000, killed_us[0] + waited_us) > waited_us


def test_a_crowd_that_cannot_play_is_told_with_the_servers_last_words(server: Server) -> None:
    with pytest.raises(DidNotHappen, match="the crowd failed with status 1"):
        play(server, CrowdSpec(server.url, ("NoSuchGame.v0",), n_players=1, play_s=1.0))


def test_whoever_is_refused_waits_and_asks_again_live_3(server: Server) -> None:
    with serving(server.data.parent / "full", max_sessions="1", admission_cpu_limit=ALL_MAY_COME) as full:
        report = play(full, CrowdSpec(full.url, ("CartPole.v1",), n_players=2, play_s=1.0, keys=("ArrowLeft",)))
        assert report.refused >= 1
        assert sorted(len(episodes) > 0 for episodes in report.players) == [False, True]
        assert count_mismatches(full) == 0
