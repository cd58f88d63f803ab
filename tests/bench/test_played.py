"""What is concluded from pictures and samples: rates, gaps, who was stopped, whether a backlog grows."""

from __future__ import annotations

import pytest
from tests.bench.made_up import TICK_US, make_episode, make_even

from skill_arcade.bench.backlog import compute_growth
from skill_arcade.bench.crowd.crowd import CrowdReport
from skill_arcade.bench.crowd.played import PlayedEpisode, longest_gap_us, rate_hz
from skill_arcade.bench.density import offer_figures
from skill_arcade.bench.figures import Report
from skill_arcade.bench.kills import choose_processes, feel
from skill_arcade.bench.sustained import MAX_GROWTH, Sustained, add_sustained
from skill_arcade.sessions.supervision.control import SessionStatus


def test_pictures_that_come_again_count_once() -> None:
    episode = make_episode([0, 10, 20, 30, 40], [0, 1, 4, 4, 5])
    assert list(episode.pictures["step"]) == [0, 1, 4, 5]
    assert (episode.n_pictures, episode.n_made, episode.first_picture_us) == (4, 6, 500)
    assert list(episode.transit_us) == [100, 100, 100]


def test_an_episode_without_pictures_has_nothing_to_tell() -> None:
    episode = PlayedEpisode()
    assert (episode.n_pictures, episode.n_made, episode.first_picture_us) == (0, 0, None)
    assert rate_hz([episode]) is None
    assert longest_gap_us([episode], 0, 10) == 0


def test_the_rate_counts_what_was_made_between_the_first_picture_of_a_step_and_the_last() -> None:
    assert rate_hz([make_episode(make_even(121))]) == pytest.approx(60.0, abs=0.01)
    # What came to nobody was made all the same; the time between two episodes is nobody's.
    skipping = make_episode(make_even(121)[::2], range(0, 121, 2))
    assert rate_hz([skipping, make_episode(make_even(121, 10**9))]) == pytest.approx(60.0, abs=0.01)


def test_a_rate_can_be_that_of_a_span_and_of_too_short_a_one_there_is_none() -> None:
    slow_later = make_even(121) + [2_000_000 + 100_000 * number for number in range(1, 21)]
    episodes = [make_episode(slow_later)]
    assert rate_hz(episodes, 0, 2_000_000) == pytest.approx(60.0, abs=0.1)
    assert rate_hz(episodes, 2_050_000) == pytest.approx(10.0, abs=0.01)
    assert rate_hz(episodes, 0, 100_000) is None


def test_a_kill_is_felt_by_those_whose_pictures_stop_and_not_by_the_others() -> None:
    players = [
        [make_episode(make_even(300))],
        [make_episode(make_even(60) + make_even(100, 3_000_000))],
        [make_episode(make_even(30) + make_even(400, 700_000))],  # stopped before, by something else
    ]
    felt = feel(players, 1_000_000, 4_000_000)
    assert felt.n_stopped == 1
    assert felt.longest_s == pytest.approx(3.0 - 59 * TICK_US / 1e6)
    assert felt.slowest_other_hz == pytest.approx(60.0, abs=0.1)


def test_as_many_processes_are_killed_as_hold_so_many_sessions_and_never_process_0() -> None:
    sessions = [
        SessionStatus(episode_id=str(number), pid=pid, n_steps=n_steps, disconnected_for_s=None)
        for number, (pid, n_steps) in enumerate([(0, 0), (1, 10), (1, 500), (2, 400), (3, 300)])
    ]
    assert choose_processes(sessions, 1) == {1}
    assert choose_processes(sessions, 3) == {1, 2}
    assert choose_processes(sessions, 9) == {1, 2, 3}


def test_a_backlog_grows_if_more_wait_in_the_last_third_than_in_the_middle_one() -> None:
    assert compute_growth([0, 0, 0, 4, 5, 6, 5, 5, 5]) == 0
    assert compute_growth([0, 0, 2, 2, 8, 8]) == 6
    assert compute_growth([1, 2]) is None


@pytest.mark.parametrize(
    ("slowest_hz", "growth", "is_carried"), [(60.0, 0.0, True), (59.0, 0.0, False), (60.0, MAX_GROWTH + 1, False)]
)
def test_a_load_is_carried_if_nobody_is_slow_and_nothing_piles_up(
    slowest_hz: float, growth: float, is_carried: bool
) -> None:
    assert Sustained(50, slowest_hz, 9, growth, 0).is_carried is is_carried


@pytest.mark.parametrize(("most", "carried", "n_tried"), [(40, 0, 1), (50, 50, 2), (60, 60, 3), (100, 70, 3)])
def test_more_players_are_tried_until_they_are_not_carried(
    monkeypatch: pytest.MonkeyPatch, most: int, carried: int, n_tried: int
) -> None:
    def sustain(n_players: int, _play_s: float, _episode_s: tuple[float, float], *, quick: bool) -> Sustained:
        assert not quick
        return Sustained(n_players, 60.0 if n_players <= most else 50.0, 9, 0.0, n_mismatches=1)

    monkeypatch.setattr("skill_arcade.bench.sustained.sustain", sustain)
    report = Report("density")
    assert add_sustained(report, quick=False) == n_tried
    players, *others = report.to_json()["figures"]
    assert (players["value"], players["must"]) == (carried, 50)
    assert len(others) == 3 * n_tried


def test_of_an_offer_that_was_too_large_only_those_admitted_have_a_rate() -> None:
    crowd = CrowdReport([[make_episode(make_even(121))], []], refused=3, began_us=0, ended_us=1, cpu_s=0.0)
    admitted, refused, slowest = offer_figures(crowd)
    assert (admitted.value, refused.value) == (1, 3)
    assert slowest.value == pytest.approx(60.0, abs=0.01)
    assert slowest.met == "goal"
