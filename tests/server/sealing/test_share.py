from __future__ import annotations

import pytest

from skill_arcade.server.sealing.share import EPISODES_FOR_ANOTHER, HELP_AFTER_S, Share


def count_busy(share: Share, n_waiting: int, *, n_slow: int = 0, oldest_s: float = 0.0) -> int:
    n_busy = 0
    while share.may_begin(n_busy=n_busy, n_slow=n_slow, n_waiting=n_waiting, oldest_s=oldest_s):
        n_busy += 1
    return n_busy


@pytest.mark.parametrize(("n_waiting", "n_busy"), [(1, 1), (15, 1), (16, 2), (31, 2), (32, 3), (1000, 4)])
def test_one_more_seals_for_every_sixteen_that_wait(n_waiting: int, n_busy: int) -> None:
    assert EPISODES_FOR_ANOTHER == 16
    assert count_busy(Share(0, 1, 4), n_waiting) == n_busy


@pytest.mark.parametrize("n_processes", [1, 2, 3])
def test_all_processes_together_seal_as_many_as_one_would(n_processes: int) -> None:
    for n_waiting in range(100):
        shares = [Share(number, n_processes, 8) for number in range(n_processes)]
        assert sum(count_busy(share, n_waiting) for share in shares) == 1 + n_waiting // 16


def test_one_that_takes_long_does_not_count_but_occupies_a_worker() -> None:
    assert count_busy(Share(0, 1, 4), 1, n_slow=1) == 1
    assert count_busy(Share(0, 1, 4), 1000, n_slow=3) == 1
    assert count_busy(Share(0, 1, 4), 1000, n_slow=4) == 0


def test_a_process_that_is_not_needed_helps_where_one_has_waited_for_long() -> None:
    second = Share(1, 2, 4)
    assert count_busy(second, 2, oldest_s=HELP_AFTER_S) == 0
    assert count_busy(second, 2, oldest_s=HELP_AFTER_S + 1) == 1
