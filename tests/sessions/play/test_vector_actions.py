"""Sessions of games whose actions are lists, played with keys and mouse or by a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from tests.sessions.fakes import EPISODE, CountingSimulation, Table
from typing_extensions import override

from skill_arcade.domain.picture import Picture
from skill_arcade.domain.pointing import Pointing, follow_pointing
from skill_arcade.domain.step import Outcome
from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.controls.vector_controls import VectorControls
from skill_arcade.games.environments.action_space import VectorActions
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.recorder.records import RecordKind
from skill_arcade.sessions.play.stage import StartPoint
from skill_arcade.sessions.process.rebuild import find_unfinished
from skill_arcade.wire.closes import Close

REST = (0.0, 0.0)
TENTH = float(np.float32(0.1))


class Steering(CountingSimulation):
    """Steering and gas. The reward is their sum; the picture tells both."""

    def __init__(self) -> None:
        super().__init__()
        self.action_space = VectorActions(
            "Steering-v0", np.array([-1, 0], np.float32), np.array([1, 1], np.float32)
        )  # fmt: skip
        self.lists: list[tuple[float, ...]] = []

    @override
    def step(self, action: Any) -> Outcome:
        elements = self.action_space.to_environment(action)
        assert isinstance(elements, np.ndarray)
        self.lists.append(tuple(elements.astype(np.float64).tolist()))
        self.actions.append(len(self.lists) % 256)
        return Outcome(reward=float(elements.sum()))

    @override
    def picture(self) -> Picture:
        picture = super().picture()
        picture[1, 1:3] = [int(100 + 100 * each) for each in (self.lists[-1] if self.lists else REST)]
        return picture


def definition(**changes: object) -> GameDefinition:
    whole = Catalogue.load().get("CartPole.v1").to_json()
    car: dict[str, Any] = {
        "actions": [],
        "rest": list(REST),
        "no_key": "rest",
        "controls": [
            {"does": "LEFT", "keys": ["ArrowLeft"], "say": "Left", "sets": [{"element": 0, "value": -1}]},
            {"does": "GAS", "keys": ["ArrowUp"], "say": "Gas", "sets": [{"element": 1, "value": 0.1}]},
        ],
        "pointer_axes": [{"axis": "x", "element": 0, "from": -1, "to": 1}],
    }
    return GameDefinition.from_json({**whole, **car, **changes})


def sit_down(start: StartPoint | None = None, **changes: object) -> tuple[Table, Steering]:
    game = definition(**changes)
    controls = VectorControls(game)
    simulation = Steering()
    table = Table(
        start,
        simulation=simulation,
        tick_hz=None if game.tick_hz is None else 50.0,
        action_space=simulation.action_space,
        choose_action=controls.realtime_action,
        turn_keys=controls,
        pointer_key=game.pointer_key,
    )
    return table, simulation


def test_keys_and_mouse_make_one_list_and_what_is_recorded_is_what_was_played() -> None:
    """LIVE-34, REC-20: 0.1 is played, and recorded, as the float32 that the environment holds."""
    table, simulation = sit_down()
    table.begin()
    table.ticks(1)
    table.input("move", x=0.75, y=0.2)
    table.ticks(1)
    table.input("down", ["ArrowUp"], code="ArrowUp")
    table.ticks(1)
    assert simulation.lists == [REST, (0.5, 0.0), (0.5, TENTH)]
    assert [step.action for step in table.journal.steps] == simulation.lists
    assert [step.input_seq for step in table.journal.steps] == [0, 1, 2]


def test_a_move_is_recorded_with_its_place_and_the_step_it_acted_in() -> None:
    """LIVE-31, REC-24."""
    table, _ = sit_down()
    table.begin()
    table.ticks(2)
    table.input("move", ["Space"], x=0.25, y=1)
    table.ticks(1)
    (event,) = table.journal.events("move")
    assert (event["x"], event["y"], event["applied_step"], event["code"]) == (0.25, 1.0, 2, None)
    assert (table.journal.steps[-1].t_input_us, table.journal.steps[-1].shown_step) == (1001, 2)


def test_a_move_is_no_click() -> None:
    """LIVE-31: where a click is a tap of a key, a movement to the same place is none."""
    table, simulation = sit_down(pointer=[{"region": [0, 0, 1, 1], "key": "ArrowUp"}])
    table.begin()
    table.input("move", x=0.5, y=0.5)
    table.ticks(1)
    table.input("pointer", x=0.5, y=0.5)
    table.ticks(2)
    assert [elements[1] for elements in simulation.lists] == [0.0, TENTH, 0.0]


def test_a_click_tells_the_mouses_place_too() -> None:
    """LIVE-34: a finger moves nowhere before it touches."""
    table, simulation = sit_down()
    table.begin()
    table.input("pointer", x=1, y=0.5)
    table.ticks(1)
    assert simulation.lists == [(1.0, 0.0)]


def test_a_key_has_its_element_until_the_mouse_moves_again() -> None:
    """LIVE-34."""
    table, simulation = sit_down()
    table.begin()
    table.input("move", x=1, y=0)
    table.ticks(1)
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    table.ticks(1)
    table.input("up", [], code="ArrowLeft")
    table.ticks(1)
    table.input("move", x=0.75, y=0)
    table.ticks(1)
    assert [elements[0] for elements in simulation.lists] == [1.0, -1.0, 0.0, 0.5]


def test_a_pause_releases_keys_and_leaves_the_mouse_where_it_is() -> None:
    """LIVE-23, LIVE-34, LIVE-37: where it goes meanwhile is followed."""
    table, simulation = sit_down()
    table.begin()
    table.input("move", x=1, y=0)
    table.input("down", ["ArrowUp"], code="ArrowUp")
    table.ticks(1)
    table.say(type="pause", reason="player")
    table.say(type="resume", countdown_ms=0)
    table.ticks(1)
    table.say(type="pause", reason="player")
    table.input("move", x=0.75, y=0)
    table.say(type="resume", countdown_ms=0)
    table.ticks(1)
    assert simulation.lists == [(1.0, TENTH), (1.0, 0.0), (0.5, 0.0)]
    assert table.journal.events("move")[-1]["applied_step"] is None


def test_where_the_mouse_is_survives_a_rebuild() -> None:
    """LIVE-34."""
    pointing = Pointing((1.0, 0.0), frozenset({"ArrowUp"}))
    start = StartPoint(EPISODE, 2, 1, "boot", started=True, pointing=pointing)
    table, simulation = sit_down(start)
    table.connect()
    table.say(type="resume", countdown_ms=0)
    table.ticks(1)
    assert simulation.lists == [(1.0, 0.0)]


def pointing_of(events: list[Mapping[str, Any]]) -> Pointing | None:
    """As `rebuild` finds it in a journal."""
    pointing = None
    for event in events:
        if event.get("seq") is not None:
            pointing = follow_pointing(pointing, event["kind"], event["code"], event["x"], event["y"])
    return pointing


def test_what_the_journal_tells_of_the_mouse_is_what_the_session_knew() -> None:
    """LIVE-34: also of what came in a pause, and of what was sent once more."""
    table, simulation = sit_down()
    table.begin()
    table.input("move", x=1, y=0)
    table.ticks(1)
    table.say(type="pause", reason="player")
    table.input("move", x=0.75, y=0)
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    table.input("up", [], code="ArrowLeft")
    table.say(type="resume", countdown_ms=0)
    table.ticks(1)
    assert simulation.lists[-1] == (0.0, 0.0), "the key has taken the element over"
    assert pointing_of(table.journal.of(RecordKind.EVENT)) == Pointing((0.75, 0.0), frozenset({"ArrowLeft"}))
    resent = [{**stamp(5), "kind": "move", "x": 1, "y": 0, "applied_step": 1}]
    table.play.detach()
    table.connect()
    table.say(type="resend", inputs=resent, last_step=2)
    table.seq = 5
    table.say(type="resume", countdown_ms=0)
    table.ticks(1)
    assert simulation.lists[-1] == (1.0, 0.0)
    assert pointing_of(table.journal.of(RecordKind.EVENT)) == Pointing((1.0, 0.0))


def stamp(seq: int) -> dict[str, Any]:
    return {"type": "input", "seq": seq, "client_us": seq, "shown_step": 0, "held": []}


def test_steps_that_another_machine_lost_are_made_again_with_the_mouse_where_it_was() -> None:
    """LIVE-36."""
    first, first_simulation = sit_down()
    first.begin()
    first.input("move", x=1, y=0)
    first.ticks(2)
    first.input("move", x=0, y=0)
    first.input("down", ["ArrowUp"], code="ArrowUp")
    first.ticks(2)
    second, second_simulation = sit_down(
        StartPoint(EPISODE, 2, 1, "boot", started=True)
    )  # fmt: skip
    second.connect()
    inputs = [
        {**stamp(1), "kind": "move", "x": 1, "y": 0, "applied_step": 0},
        {**stamp(2), "kind": "move", "x": 0, "y": 0, "applied_step": 2},
        {**stamp(3), "kind": "down", "code": "ArrowUp", "key": "", "held": ["ArrowUp"], "applied_step": 2},
    ]
    inputs[2]["key"] = "ArrowUp"
    second.say(type="resend", inputs=inputs, last_step=4)
    second.say(type="resume", countdown_ms=0)
    assert second_simulation.lists == first_simulation.lists


def test_a_program_plays_with_lists_until_it_presses_a_key_or_moves_the_mouse() -> None:
    """LIVE-31, LIVE-34."""
    table, simulation = sit_down()
    table.begin(played_by="agent")
    table.input("action", action=[0.5, 0.1])
    table.ticks(2)
    table.input("action", action=[-1, 1])
    table.ticks(1)
    table.input("move", x=0.75, y=0)
    table.ticks(1)
    assert simulation.lists == [(0.5, TENTH), (0.5, TENTH), (-1.0, 1.0), (0.5, 0.0)]
    assert [event["action"] for event in table.journal.events("action")] == [[0.5, 0.1], [-1.0, 1.0]]


@pytest.mark.parametrize("action", [1, [0.5], [0.5, 0.5, 0.5], [0, 1.5], [2, 0], []])
def test_an_action_outside_the_space_ends_the_socket(action: object) -> None:
    """LIVE-37."""
    table, simulation = sit_down()
    client = table.begin(played_by="agent")
    table.input("action", action=action)
    assert client.closed is not None
    assert client.closed[0] is Close.OUT_OF_ORDER
    assert "takes a list of 2 numbers (-1 to 1, 0 to 1)" in client.closed[1]
    assert simulation.lists == []


def test_a_list_is_outside_the_space_of_a_game_of_numbers() -> None:
    """LIVE-37."""
    table = Table()
    client = table.begin(played_by="agent")
    table.input("action", action=[1])
    assert client.closed is not None
    assert (client.closed[0], "takes a number from 0 to 3" in client.closed[1]) == (Close.OUT_OF_ORDER, True)


def test_a_human_may_not_send_a_list() -> None:
    """LIVE-31."""
    table, _ = sit_down()
    client = table.begin()
    table.input("action", action=[0, 0])
    assert client.closed is not None
    assert client.closed[0] is Close.MALFORMED


def test_in_turns_one_key_makes_one_step_and_the_mouse_none() -> None:
    """LIVE-35."""
    table, simulation = sit_down(pacing={"mode": "turn"}, no_key="wait", pointer_axes=[])
    table.begin(played_by="agent")
    table.input("down", ["ArrowLeft"], code="ArrowLeft")
    table.input("move", x=0.5, y=0.5)
    table.input("down", ["ArrowLeft", "ArrowUp"], code="ArrowUp")
    table.input("action", action=[0.5, 0.5])
    assert simulation.lists == [(-1.0, 0.0), (0.0, TENTH), (0.5, 0.5)]
    assert [event["applied_step"] for event in table.journal.of(RecordKind.EVENT)[1:]] == [0, None, 1, 2]
    assert find_unfinished(table.journal.of(RecordKind.EVENT)) == ()
