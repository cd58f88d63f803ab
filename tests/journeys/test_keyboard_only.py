"""Everything works without a mouse."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.journeys.visit import OPTIMAL_HANOI, Visit

DESCRIBE_FOCUS = """
() => {
  const { activeElement } = document;
  const { outlineStyle, outlineWidth } = getComputedStyle(activeElement);
  const isPage = activeElement === document.body;
  return { text: isPage ? "" : activeElement.innerText, hasOutline: outlineStyle !== "none" && outlineWidth !== "0px" };
}
"""


def tab_to(visit: Visit, text: str) -> None:
    """Tab until something with this text has the focus, and shows it."""
    for _ in range(30):
        visit.page.keyboard.press("Tab")
        focus = visit.page.evaluate(DESCRIBE_FOCUS)
        if text in focus["text"]:
            assert focus["hasOutline"], f"{text!r} does not show that it has the focus"
            return
    raise AssertionError(f"{text!r} cannot be reached by Tab")


def press_on(visit: Visit, text: str) -> None:
    tab_to(visit, text)
    visit.page.keyboard.press("Enter")


def last_item_has_focus(visit: Visit, name: str) -> bool:
    """After pressing End, which an open menu understands as soon as it has taken the focus."""
    visit.page.keyboard.press("End")
    item = visit.page.get_by_role("menuitem", name=name)
    return bool(item.evaluate("item => item === document.activeElement"))


def test_from_the_first_page_through_a_game_and_out_again_without_a_mouse(visit: Visit) -> None:
    visit.open("/")
    expect(visit.heading("Come in")).to_be_visible()
    press_on(visit, "Play as a guest")
    expect(visit.heading("Pick a game")).to_be_visible()
    press_on(visit, "Tower of Hanoi")
    visit.await_state("ready")
    visit.page.keyboard.press("Enter")
    visit.await_state("running")
    visit.play_hanoi()
    visit.await_state("ended")
    expect(visit.button("Play again")).to_be_focused()
    press_on(visit, "Other games")
    expect(visit.heading("Pick a game")).to_be_visible()
    press_on(visit, "Guest")
    visit.await_that(lambda: last_item_has_focus(visit, "Leave"), "the menu's last item")
    visit.page.keyboard.press("Enter")
    expect(visit.heading("Come in")).to_be_visible()


def test_a_game_is_left_in_its_middle_by_keys_and_offered_again(guest: Visit) -> None:
    guest.open("/")
    expect(guest.page.get_by_role("link", name="Tower of Hanoi")).to_be_visible()
    press_on(guest, "Tower of Hanoi")
    guest.await_state("ready")
    guest.page.keyboard.press("Space")
    guest.await_state("running")
    guest.play_hanoi(OPTIMAL_HANOI[:1])
    guest.await_step(1)
    press_on(guest, "Pause")
    guest.await_state("paused")
    expect(guest.overlay.get_by_role("button", name="Resume")).to_be_focused()
    press_on(guest, "All games")
    expect(guest.heading("Pick a game")).to_be_visible()
