"""Dark or light: as the reader's system is, until they choose."""

from __future__ import annotations

from tests.journeys.conftest import MakeGuest
from tests.journeys.visit import Visit

DARK, LIGHT = "rgb(21, 17, 13)", "rgb(246, 241, 232)"


def ground(visit: Visit) -> str:
    colour: str = visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return colour


def choose(visit: Visit, appearance: str) -> None:
    visit.button("Guest").click()
    visit.page.get_by_role("menuitemradio", name=appearance).click()


def test_the_page_is_as_the_system_is_and_follows_it_while_it_is_open(make_guest: MakeGuest) -> None:
    visit = make_guest(color_scheme="light")
    visit.open("/")
    visit.await_that(lambda: ground(visit) == LIGHT, "the light ground")
    visit.page.emulate_media(color_scheme="dark")
    visit.await_that(lambda: ground(visit) == DARK, "the dark ground")


def test_a_choice_is_kept_whatever_the_system_does_until_it_is_taken_back(make_guest: MakeGuest) -> None:
    visit = make_guest(color_scheme="light")
    visit.open("/")
    choose(visit, "Dark")
    visit.await_that(lambda: ground(visit) == DARK, "the dark ground")
    visit.page.reload()
    visit.button("Guest").wait_for()
    assert ground(visit) == DARK

    choose(visit, "Like my device")
    visit.await_that(lambda: ground(visit) == LIGHT, "the light ground")
    visit.page.emulate_media(color_scheme="dark")
    visit.await_that(lambda: ground(visit) == DARK, "the dark ground")
