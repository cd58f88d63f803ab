from __future__ import annotations

from itertools import pairwise

import pytest

from skill_arcade.server.sealing.retry import OWN, SHARED, Waits, compute_retry_s


@pytest.mark.parametrize("waits", [SHARED, OWN])
def test_waits_double_up_to_the_longest_and_never_end(waits: Waits) -> None:
    found = [compute_retry_s(n, waits, 1.0) for n in range(1, 100_000, 7)]
    assert found[0] == waits.first_s
    assert all(later >= before for before, later in pairwise(found))
    assert found[-1] == waits.longest_s
    assert [compute_retry_s(n, waits, 1.0) / waits.first_s for n in (1, 2, 3, 4)] == [1, 2, 4, 8]


def test_by_chance_a_wait_is_shorter_by_up_to_a_half() -> None:
    assert compute_retry_s(3, SHARED, 0.0) == compute_retry_s(3, SHARED, 1.0) / 2
    assert compute_retry_s(3, SHARED, 0.5) == compute_retry_s(3, SHARED, 1.0) * 0.75
