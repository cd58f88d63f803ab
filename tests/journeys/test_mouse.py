"""MountainCar with a throttle: the mouse over the picture is the throttle, and a key takes it over."""

from __future__ import annotations

from itertools import pairwise

from tests.journeys.visit import Visit
from tests.serving import Server

from skill_arcade.dataset import open_dataset


def test_the_mouse_drives_by_its_place_until_a_key_takes_over_and_again_when_it_moves(
    guest: Visit, server: Server
) -> None:
    """LIVE-31, LIVE-33, LIVE-34."""
    guest.go_to("MountainCarContinuous.v0")
    box = guest.page.get_by_test_id("screen").bounding_box()
    assert box is not None

    def point(x: float) -> None:
        guest.page.mouse.move(box["x"] + x * box["width"], box["y"] + box["height"] / 2)
        guest.await_step(guest.step + 6)

    # Where the mouse was left before the start steers nobody.
    guest.page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    guest.page.keyboard.press("x")
    guest.await_state("running")
    guest.await_step(6)
    point(0.25)
    with guest.holding("ArrowRight"):
        guest.await_step(guest.step + 6)
    guest.await_step(guest.step + 6)
    point(0.75)
    # Beside the picture, on the stage's own edge: as far as it goes.
    guest.page.mouse.move(box["x"] + box["width"] + 1, box["y"] + box["height"] / 2)
    guest.await_step(guest.step + 6)
    episode_id = guest.episode_id
    guest.page.keyboard.press("Escape")
    guest.await_state("paused")

    episode = open_dataset(server.data).episode(episode_id)
    actions = [round(action[0], 2) for action in episode.steps()["action"].to_pylist()]
    changes = [actions[0], *(now for before, now in pairwise(actions) if before != now)]
    assert changes == [0.0, -0.5, 1.0, 0.0, 0.5, 1.0]
    moves = [event for event in episode.events().to_pylist() if event["kind"] == "move"]
    assert [round(event["x"], 2) for event in moves] == [0.25, 0.75, 1.0]
    assert all(event["applied_step"] >= event["shown_step"] for event in moves)
    assert all(event["code"] is None for event in moves)
