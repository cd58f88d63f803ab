"""Tower of Hanoi, in turns: by keys and by clicks."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from tests.journeys.conftest import TakePicture
from tests.journeys.recorded import await_ended
from tests.journeys.visit import HANOI, OPTIMAL_HANOI, Visit
from tests.serving import Server


def expect_won_in_seven(visit: Visit) -> None:
    visit.await_state("ended")
    expect(visit.overlay).to_contain_text("You won!")
    expect(visit.overlay).to_contain_text("Moves7")


def test_hanoi_is_won_in_seven_moves_by_keys_and_enter_plays_again(
    guest: Visit, server: Server, take_picture: TakePicture
) -> None:
    """LIVE-20, LIVE-27, LIVE-35, REC-40."""
    guest.begin(HANOI)
    guest.play_hanoi(OPTIMAL_HANOI[:3])
    guest.await_step(3)
    guest.page.keyboard.press("1")
    expect(guest.page.get_by_role("status")).to_contain_text("?")
    expect(guest.page.get_by_text(re.compile(r"^\d+ ms$"))).to_be_visible()
    take_picture(guest, "hanoi")
    guest.page.keyboard.press("3")
    guest.play_hanoi(OPTIMAL_HANOI[4:])
    expect_won_in_seven(guest)
    won = guest.episode_id

    expect(guest.button("Play again")).to_be_focused()
    guest.page.keyboard.press("Enter")
    guest.await_that(lambda: guest.episode_id != won, "another game")
    guest.await_state("ready")
    assert guest.step == 0
    expect(guest.page.get_by_text("Best7")).to_be_visible()

    info = await_ended(server, won).info
    assert (info.status, info.n_steps, info.row["metric"]) == ("won", 7, 7)
    assert info.row["input_device"] is not None


def test_the_end_says_how_it_compares_with_ones_best_and_with_the_fewest_possible(guest: Visit) -> None:
    guest.begin(HANOI)
    expect(guest.page.get_by_text("Fewest possible7")).to_be_visible()
    guest.play_hanoi(("12", "21", *OPTIMAL_HANOI))
    guest.await_state("ended")
    expect(guest.overlay).to_contain_text("Your first result here.")
    expect(guest.overlay).to_contain_text("You needed 9; 7 is the fewest possible.")
    expect(guest.overlay).to_contain_text("Games so far1")
    expect(guest.overlay).to_contain_text("Discs3")

    guest.button("Play again").click()
    guest.await_state("ready")
    guest.page.keyboard.press("x")
    guest.await_state("running")
    guest.play_hanoi()
    guest.await_state("ended")
    expect(guest.overlay).to_contain_text("Your best so far: 2 moves fewer than before.")
    expect(guest.overlay).to_contain_text("7 is the fewest possible. It can't be done better.")
    expect(guest.overlay).to_contain_text("Games so far2")
    guest.page.get_by_role("link", name="About this game").click()
    guest.page.wait_for_url(f"**/games/{HANOI}?discs=3&poles=3&start=tower")  # as it was played


def test_hanoi_is_won_by_clicks_on_the_picture(guest: Visit, server: Server) -> None:
    """LIVE-31, LIVE-38."""
    guest.go_to(HANOI)
    canvas = guest.page.get_by_test_id("screen")
    box = canvas.bounding_box()
    assert box is not None
    # The first click begins the game as well.
    for move in OPTIMAL_HANOI:
        for pole in move:
            place = {"x": box["width"] * (int(pole) - 0.5) / 3, "y": box["height"] / 2}
            canvas.click(position={"x": place["x"], "y": place["y"]})
    expect_won_in_seven(guest)

    events = await_ended(server, guest.episode_id).events().to_pylist()
    clicks = [(round(each["x"] * 3 + 0.5), each["step"]) for each in events if each["kind"] == "pointer"]
    assert [pole for pole, _ in clicks] == [int(pole) for move in OPTIMAL_HANOI for pole in move]


def test_the_key_that_begins_the_game_is_its_first_move(guest: Visit) -> None:
    """LIVE-20, LIVE-35."""
    guest.go_to(HANOI)
    guest.page.keyboard.press("1")
    guest.await_state("running")
    guest.page.keyboard.press("3")
    guest.await_step(1)
