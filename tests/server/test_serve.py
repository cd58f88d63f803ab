from __future__ import annotations

import os

import pytest

from skill_arcade.server import serve


@pytest.mark.parametrize(
    ("n_processors", "n_gateways"), [(None, 1), (1, 1), (2, 1), (15, 1), (16, 2), (31, 2), (32, 3), (64, 5)]
)
def test_there_is_one_gateway_and_one_more_for_each_sixteen_processors(
    monkeypatch: pytest.MonkeyPatch, n_processors: int | None, n_gateways: int
) -> None:
    """None: the system does not tell how many it has."""
    monkeypatch.setattr(os, "cpu_count", lambda: n_processors)
    assert serve._count_gateways() == n_gateways
