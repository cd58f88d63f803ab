"""How soon a player saw what a key did: from the record of an episode alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_KEYS = frozenset({"down", "up"})


def measure_key_to_drawn_us(events: Iterable[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]]) -> list[int]:
    """Microseconds from each key to the drawing of the first picture whose header acknowledges it.

    Both times are the client's own: the browser's time of the event itself, and the one right after the call that drew
    the picture (LIVE-33, LIVE-52). A picture that was never drawn is passed over for the next one that was, as the
    player's eyes did. Left out are keys that made no step, those that no drawn picture followed, and those whose
    picture was drawn in another segment, by whose clock they cannot be measured.

    Args:
        events: table `events`, in any order.
        steps: table `steps`, by number.
    """
    keys = sorted(
        (event for event in events if event["kind"] in _KEYS and event["applied_step"] is not None),
        key=lambda event: int(event["seq"]),
    )
    drawn = iter([step for step in steps if step["drawn_at_client_us"] is not None])
    step = next(drawn, None)
    found = []
    for key in keys:
        while step is not None and (step["input_seq"] or 0) < key["seq"]:
            step = next(drawn, None)
        if step is not None and step["drawn_segment"] == key["segment"]:
            found.append(int(step["drawn_at_client_us"] - key["t_client_us"]))
    return found


def measure_drawn_share(steps: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """How many of the pictures that steps made were drawn, and how many there were."""
    return sum(step["drawn_at_client_us"] is not None for step in steps), len(steps)
