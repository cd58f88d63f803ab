"""The keys beside the machine light up while they are down."""

from __future__ import annotations

from playwright.sync_api import Locator, expect
from tests.journeys.visit import BREAKOUT, HANOI, Visit


def lit(visit: Visit) -> Locator:
    return visit.page.locator("aside kbd[data-lit]")


def titles(visit: Visit) -> list[str]:
    # All at one moment: a light may go out between two looks.
    told: list[str] = lit(visit).evaluate_all("caps => caps.map((cap) => cap.getAttribute('title') ?? '')")
    return told


def await_lit(visit: Visit, *expected: str) -> None:
    visit.await_that(lambda: sorted(set(titles(visit))) == sorted(expected), f"light on {expected}")


def test_keys_are_lit_exactly_while_they_are_down_and_nothing_moves(guest: Visit) -> None:
    guest.begin(BREAKOUT)
    place = guest.page.locator("aside").bounding_box()
    with guest.holding("ArrowLeft"):
        await_lit(guest, "Left arrow")
        with guest.holding("Space"):
            await_lit(guest, "Left arrow", "Space bar")
            assert guest.page.locator("aside").bounding_box() == place
        await_lit(guest, "Left arrow")
        guest.page.evaluate("window.dispatchEvent(new Event('blur'))")
        await_lit(guest)


def test_the_keys_of_a_move_of_several_stay_lit_until_it_is_made(guest: Visit) -> None:
    """LIVE-35."""
    guest.begin(HANOI)
    guest.page.keyboard.press("1")
    await_lit(guest, "1")
    guest.page.keyboard.press("3")
    guest.await_step(1)
    await_lit(guest)


def test_a_click_lights_the_key_that_it_stands_for(guest: Visit) -> None:
    """LIVE-38."""
    guest.begin(HANOI)
    canvas = guest.page.get_by_test_id("screen")
    box = canvas.bounding_box()
    assert box is not None
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    await_lit(guest, "2")
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    await_lit(guest)
    expect(lit(guest)).to_have_count(0)
