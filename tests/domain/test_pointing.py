"""Where a player points, from one input to the next (LIVE-34)."""

from __future__ import annotations

from skill_arcade.domain.pointing import MOST_KEYS_SINCE, Pointing, follow_pointing


def test_keys_that_go_down_count_from_the_newest_place_on() -> None:
    before = follow_pointing(None, "down", "KeyA", None, None)
    there = follow_pointing(before, "move", None, 0.25, 0.75)
    after = follow_pointing(there, "down", "KeyB", None, None)
    assert before is None
    assert there == Pointing((0.25, 0.75))
    assert after == Pointing((0.25, 0.75), frozenset({"KeyB"}))
    assert follow_pointing(after, "pointer", None, 1.0, 1.0) == Pointing((1.0, 1.0))


def test_a_client_that_makes_up_keys_without_end_fills_no_memory() -> None:
    pointing: Pointing | None = Pointing((0.5, 0.5))
    for number in range(2 * MOST_KEYS_SINCE):
        pointing = follow_pointing(pointing, "down", f"Key{number}", None, None)
    assert pointing is not None
    assert len(pointing.keys_since) == MOST_KEYS_SINCE
