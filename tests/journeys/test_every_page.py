"""Every page at three widths, dark and light: accessible, and never wider than the window."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.journeys.conftest import MakeGuest
from tests.journeys.visit import BREAKOUT, HANOI, OPTIMAL_HANOI, Visit

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
PHONE_SIZES = ((360, 740), (740, 360))
SIZES = ((360, 740), (768, 1024), (1440, 900))
RUN_AXE = "() => axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)"


def at_the_door(visit: Visit) -> None:
    visit.open("/")
    visit.leave_as_guest()


def in_the_library(visit: Visit) -> None:
    visit.open("/")
    expect(visit.card("Tower of Hanoi")).to_be_visible()


def in_the_library_of_one_who_was_here(visit: Visit) -> None:
    visit.begin(HANOI)
    visit.play_hanoi(OPTIMAL_HANOI[:2])
    visit.await_step(2)
    visit.page.get_by_role("link", name="All games").click()
    visit.button("Favourite: Breakout").click()
    visit.page.reload()
    expect(visit.heading("Your favourites")).to_be_visible()
    expect(visit.heading("Continue")).to_be_visible()


def searching_in_vain(visit: Visit) -> None:
    visit.open("/?q=no+such+game")
    expect(visit.heading("No game is called “no such game”")).to_be_visible()


def searching_for_a_very_long_word(visit: Visit) -> None:
    visit.open(f"/?q={'w' * 3000}")
    expect(visit.page.get_by_label("Find a game")).to_have_value("w" * 100)
    expect(visit.page.get_by_role("heading", name="No game is called")).to_be_visible()


def asked_whether_to_leave(visit: Visit) -> None:
    visit.open("/")
    visit.button("Guest").click()
    visit.page.get_by_role("menuitem", name="Leave").click()
    expect(visit.button("Stay")).to_be_focused()


def on_a_games_page(visit: Visit) -> None:
    # As few play it: the page tells the ten best, and many have won the usual one.
    as_played = f"{HANOI}?discs=2"
    visit.begin(as_played)
    visit.play_hanoi(("12", "13", "23"))
    visit.await_state("ended")
    visit.open(f"/games/{as_played}")
    visit.await_that(lambda: has_own_score(visit), "one's score")


def has_own_score(visit: Visit) -> bool:
    visit.page.reload()
    expect(visit.heading("Best scores")).to_be_visible()
    expect(visit.page.get_by_text("Looking them up…")).to_have_count(0)
    return visit.page.get_by_role("row", name="You").count() == 1


def changing_keys(visit: Visit) -> None:
    visit.open(f"/games/{BREAKOUT}")
    visit.button("Change keys").click()
    visit.button("Serve: Space bar").click()
    expect(visit.page.get_by_text("Press the new key")).to_be_visible()


def before_the_game(visit: Visit) -> None:
    visit.go_to(BREAKOUT)


def playing(visit: Visit) -> None:
    visit.begin(HANOI)
    visit.play_hanoi(OPTIMAL_HANOI[:2])
    visit.page.keyboard.press("1")
    expect(visit.page.get_by_role("status")).to_contain_text("?")


def playing_by_touch(visit: Visit) -> None:
    visit.go_to(BREAKOUT)
    visit.button("Start").tap()
    visit.await_state("running")
    visit.await_step(30)


def paused(visit: Visit) -> None:
    visit.begin(BREAKOUT)
    visit.await_step(30)
    visit.page.keyboard.press("p")
    visit.await_state("paused")


def ended(visit: Visit) -> None:
    visit.begin(HANOI)
    visit.play_hanoi()
    visit.await_state("ended")
    expect(visit.button("Play again")).to_be_focused()


PAGES = (
    at_the_door,
    in_the_library,
    in_the_library_of_one_who_was_here,
    searching_in_vain,
    searching_for_a_very_long_word,
    asked_whether_to_leave,
    on_a_games_page,
    changing_keys,
    before_the_game,
    playing,
    paused,
    ended,
)


@pytest.mark.parametrize("reach", PAGES)
def test_every_page_is_accessible_and_fits_at_every_width_in_dark_and_light(
    make_guest: MakeGuest, reach: Callable[[Visit], None]
) -> None:
    # Colours are judged when they stand still.
    visit = make_guest(reduced_motion="reduce", bypass_csp=True)
    reach(visit)
    assert find_faults_at(visit, SIZES) == []


@pytest.mark.parametrize("reach", [before_the_game, playing_by_touch, ended])
def test_a_phone_is_accessible_and_fits_held_upright_and_across(
    make_guest: MakeGuest, reach: Callable[[Visit], None]
) -> None:
    phone = make_guest(reduced_motion="reduce", bypass_csp=True, has_touch=True, is_mobile=True)
    reach(phone)
    assert find_faults_at(phone, PHONE_SIZES) == []


def find_faults_at(visit: Visit, sizes: Iterable[tuple[int, int]]) -> list[str]:
    visit.page.evaluate(AXE.read_text())
    faults: list[str] = []
    for width, height in sizes:
        visit.page.set_viewport_size({"width": width, "height": height})
        for theme in ("dark", "light"):
            visit.page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
            faults += [f"{width} {theme}: {fault}" for fault in find_faults(visit)]
    return faults


def find_faults(visit: Visit) -> list[str]:
    violations: list[dict[str, Any]] = visit.page.evaluate(RUN_AXE)
    faults = [
        f"{each['id']}: {node['html']} {node['failureSummary']}"
        for each in violations
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
    wide = visit.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return faults + ([f"{wide} pixels too wide"] if wide > 0 else [])
