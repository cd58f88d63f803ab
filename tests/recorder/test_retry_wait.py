from __future__ import annotations

from skill_arcade.recorder.retry_wait import LONGEST_WAIT_S, Retry, compute_retry_wait_s


def test_waits_grow_up_to_a_few_seconds_and_never_end() -> None:
    waits = [compute_retry_wait_s(n, 1.0) for n in range(1, 100_000)]
    assert waits[:5] == [0.5, 1.0, 2.0, 4.0, 5.0]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_S


def test_those_who_failed_together_do_not_come_back_together() -> None:
    for n_failures in (1, 4, 5000):
        assert compute_retry_wait_s(n_failures, 0.0) == compute_retry_wait_s(n_failures, 1.0) / 2
    assert len({compute_retry_wait_s(9, each / 10) for each in range(11)}) == 11


def test_a_success_ends_the_waiting_and_the_count_of_failures_stays() -> None:
    now_s = [100.0]
    retry = Retry(lambda: now_s[0], lambda: 1.0)
    assert retry.wait_s == 0
    retry.note_failure()
    retry.note_failure()
    assert retry.wait_s == 1.0
    now_s[0] += 0.75
    assert retry.wait_s == 0.25
    now_s[0] += 5
    assert retry.wait_s == 0
    retry.note_failure()
    assert retry.wait_s == 2.0
    retry.note_success()
    assert (retry.wait_s, retry.n_failures) == (0, 3)
