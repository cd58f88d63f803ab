"""What hands keep of the inputs that they follow."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from tests.sessions.fakes import EPISODE, CountingSimulation, ManualClock, MemoryJournal, make_rules

from skill_arcade.domain.action import Action
from skill_arcade.domain.pointing import Pointing
from skill_arcade.sessions.play.hands import Hands
from skill_arcade.sessions.play.inputs import Received
from skill_arcade.sessions.play.ledger import Ledger
from skill_arcade.sessions.play.stage import Stage, StartPoint
from skill_arcade.wire.from_client import Input


@pytest.mark.parametrize(
    ("tick_hz", "taps"), [(None, ()), (50.0, ("Digit1", "KeyQ"))], ids=["in turns", "in real time"]
)
def test_key_presses_are_kept_for_the_next_tick_and_never_in_turns(
    tick_hz: float | None, taps: tuple[str, ...]
) -> None:
    """LIVE-34, LIVE-35: only a tick uses presses up, so a game in turns would gather them for as long as it lasts."""
    told: list[tuple[str, ...]] = []

    def choose(
        held: tuple[str, ...], taps: tuple[str, ...], pointing: Pointing | None, previous: Action | None, step: int
    ) -> int:
        told.append(taps)
        return 0

    rules, ledger = make_rules(tick_hz=tick_hz, choose_action=choose), Ledger(MemoryJournal())
    start = StartPoint(EPISODE, 1, 0, "boot")
    stage = Stage(
        rules=rules,
        simulation=CountingSimulation(),
        ledger=ledger,
        clock=ManualClock(),
        start=start,
        mark=nullcontext(),
    )
    hands = Hands(rules=rules, ledger=ledger, stage=stage, start=start)
    presses = [Input(seq=1, kind="pointer", x=0.2, y=0.5, held=(), client_us=1, shown_step=0)]
    presses += [
        Input(seq=seq, kind="down", code="KeyQ", key="q", held=(), client_us=seq, shown_step=0) for seq in range(2, 100)
    ]
    for each in presses:
        assert hands.follow(Received(each, 0, replayed=False, segment=0)) is None
    # In turns nobody calls this; here it looks for what was kept.
    hands.tick()
    hands.tick()
    assert told == [taps, ()]
