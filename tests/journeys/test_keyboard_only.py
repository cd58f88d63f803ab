"""Everything works without a mouse."""

from __future__ import annotations

from playwright.sync_api import Locator, expect
from tests.journeys.visit import HANOI, OPTIMAL_HANOI, Visit

DESCRIBE_FOCUS = """
() => {
  const { activeElement } = document;
  const { outlineStyle, outlineWidth } = getComputedStyle(activeElement);
  const isPage = activeElement === document.body;
  return { text: isPage ? "" : activeElement.innerText, hasOutline: outlineStyle !== "none" && outlineWidth !== "0px" };
}
"""


def tab_to(visit: Visit, text: str, key: str) -> None:
    """Tab until something with this text has the focus, and shows it."""
    for _ in range(30):
        visit.page.keyboard.press(key)
        focus = visit.page.evaluate(DESCRIBE_FOCUS)
        if text in focus["text"]:
            assert focus["hasOutline"], f"{text!r} does not show that it has the focus"
            return
    raise AssertionError(f"{text!r} cannot be reached by {key}")


def find_game(visit: Visit, words: str) -> None:
    """By the library's search field."""
    field = visit.page.get_by_label("Find a game")
    visit.await_that(lambda: tab_and_see(visit, field), "the focus on the search field")
    visit.page.keyboard.type(words)
    expect(visit.heading("1 game")).to_be_visible()


def tab_and_see(visit: Visit, wanted: Locator) -> bool:
    visit.page.keyboard.press("Tab")
    return bool(wanted.evaluate("element => element === document.activeElement"))


def open_hanoi(visit: Visit) -> None:
    """From the library to the game's page, and from there into the game."""
    find_game(visit, "hanoi")
    press_on(visit, "Tower of Hanoi")
    expect(visit.heading("How to play")).to_be_visible()
    visit.page.keyboard.press("Enter")
    visit.await_state("ready")


def press_on(visit: Visit, text: str, key: str = "Tab") -> None:
    tab_to(visit, text, key)
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
    open_hanoi(visit)
    visit.page.keyboard.press("Enter")
    visit.await_state("running")
    visit.play_hanoi()
    visit.await_state("ended")
    expect(visit.button("Play again")).to_be_focused()
    press_on(visit, "See all games")
    expect(visit.heading("Pick a game")).to_be_visible()
    # The focus is at the page's beginning: its head is before it.
    press_on(visit, "Guest", "Shift+Tab")
    visit.await_that(lambda: last_item_has_focus(visit, "Leave"), "the menu's last item")
    visit.page.keyboard.press("Enter")
    expect(visit.button("Stay")).to_be_focused()
    press_on(visit, "Leave")
    expect(visit.heading("Come in")).to_be_visible()


def test_a_game_is_left_in_its_middle_by_keys_and_offered_again(guest: Visit) -> None:
    guest.open("/")
    expect(guest.heading("Pick a game")).to_be_visible()
    open_hanoi(guest)
    guest.page.keyboard.press("Space")
    guest.await_state("running")
    guest.play_hanoi(OPTIMAL_HANOI[:1])
    guest.await_step(1)
    press_on(guest, "Pause")
    guest.await_state("paused")
    expect(guest.overlay.get_by_role("button", name="Resume")).to_be_focused()
    press_on(guest, "All games")
    expect(guest.heading("Pick a game")).to_be_visible()
    press_on(guest, "Continue")
    guest.await_state("paused")
    assert guest.step == 1


def test_keys_are_changed_without_a_mouse_and_the_focus_comes_back(guest: Visit) -> None:
    guest.open(f"/games/{HANOI}")
    expect(guest.button("Change keys")).to_be_enabled()
    press_on(guest, "Change keys")
    key = guest.button("In place of 1: 1")
    guest.await_that(lambda: tab_and_see(guest, key), "the focus on the first key")
    guest.page.keyboard.press("Enter")
    guest.page.keyboard.press("Escape")
    expect(guest.overlay).to_be_visible()
    guest.page.keyboard.press("Enter")
    guest.page.keyboard.press("Tab")
    expect(guest.overlay.get_by_role("status")).to_contain_text("Tab can't be used in a game.")
    guest.page.keyboard.press("Shift+Tab")
    guest.page.keyboard.press("Space")
    guest.page.keyboard.press("q")
    expect(guest.button("In place of 1: Q")).to_be_focused()
    press_on(guest, "Save keys")
    expect(guest.overlay).to_have_count(0)
    expect(guest.button("Change keys")).to_be_focused()
    expect(guest.page.get_by_title("Q").first).to_be_visible()
