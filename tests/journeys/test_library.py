"""The library: finding a game among many, keeping some close, and going on with what was left."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from tests.journeys.conftest import MakeGuest
from tests.journeys.visit import BREAKOUT, HANOI, OPTIMAL_HANOI, Visit


def test_games_are_found_by_words_and_by_kind_and_the_back_button_knows_what_was_looked_for(guest: Visit) -> None:
    guest.open("/")
    guest.page.get_by_label("Find a game").fill("hanoi")
    expect(guest.heading("1 game")).to_be_visible()
    expect(guest.card("Tower of Hanoi")).to_be_visible()
    expect(guest.card("Breakout")).to_have_count(0)
    guest.page.wait_for_url("**/?q=hanoi")

    guest.page.get_by_role("link", name="Tower of Hanoi", exact=True).click()
    expect(guest.page.get_by_role("link", name="Play")).to_be_visible()
    guest.page.go_back()
    expect(guest.page.get_by_label("Find a game")).to_have_value("hanoi")
    expect(guest.card("Tower of Hanoi")).to_be_visible()

    guest.button("Real-time").click()
    expect(guest.heading("No “hanoi” under Real-time")).to_be_visible()
    guest.page.get_by_label("Find a game").fill("")
    expect(guest.card("Breakout")).to_be_visible()
    expect(guest.card("Tower of Hanoi")).to_have_count(0)
    guest.page.wait_for_url("**/?show=realtime")
    guest.page.reload()
    expect(guest.button("Real-time")).to_have_attribute("aria-pressed", "true")
    expect(guest.card("Breakout")).to_be_visible()

    guest.page.get_by_role("button", name="All", exact=True).click()
    guest.page.get_by_label("Find a game").fill("xyzzy")
    expect(guest.heading("No game is called “xyzzy”")).to_be_visible()
    guest.button("See all games").click()
    expect(guest.card("Tower of Hanoi")).to_be_visible()
    expect(guest.page.get_by_label("Find a game")).to_have_value("")


def test_a_favourite_stays_where_it_is_until_the_library_is_opened_again_and_is_first_then(guest: Visit) -> None:
    guest.open("/")
    star = guest.button("Favourite: Tower of Hanoi")
    guest.card("Tower of Hanoi").hover()
    with guest.page.expect_response(re.compile(r"/me/games/")) as answer:
        star.click()
    assert answer.value.ok
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(guest.heading("Your favourites")).to_have_count(0)

    guest.page.reload()
    expect(guest.heading("Your favourites")).to_be_visible()
    expect(guest.page.get_by_role("article").first).to_contain_text("Tower of Hanoi")
    guest.button("Favourites").click()
    expect(guest.heading("1 game")).to_be_visible()
    star.click()
    expect(star).to_have_attribute("aria-pressed", "false")
    guest.open("/")
    expect(guest.card("Tower of Hanoi")).to_be_visible()
    expect(guest.heading("Your favourites")).to_have_count(0)


def test_a_star_that_the_server_does_not_keep_is_taken_back(guest: Visit) -> None:
    guest.open("/")
    star = guest.button("Favourite: Breakout")
    expect(star).to_be_enabled()
    guest.page.route("**/me/games/*", lambda route: route.abort())
    guest.card("Breakout").hover()
    star.click()
    expect(guest.card("Breakout").get_by_role("alert")).to_contain_text("Not kept.")
    expect(star).to_have_attribute("aria-pressed", "false")


def test_a_best_is_shown_as_soon_as_the_game_is_over_and_still_after_a_reload(guest: Visit) -> None:
    guest.begin(HANOI)
    guest.play_hanoi()
    guest.await_state("ended")
    guest.page.get_by_role("link", name="See all games").click()
    expect(guest.card("Tower of Hanoi")).to_contain_text("Best 7")
    guest.await_that(lambda: "Best 7" in reload_card(guest, "Tower of Hanoi"), "the best from the server")


def reload_card(visit: Visit, title: str) -> str:
    visit.page.reload()
    expect(visit.button(f"Favourite: {title}")).to_be_enabled()
    return visit.card(title).inner_text()


def test_a_game_that_was_left_comes_first_and_goes_on_at_one_press(guest: Visit) -> None:
    """LIVE-22."""
    guest.begin(HANOI)
    guest.play_hanoi(OPTIMAL_HANOI[:2])
    guest.await_step(2)
    episode_id = guest.episode_id
    guest.page.get_by_role("link", name="All games").click()
    expect(guest.heading("Continue")).to_be_visible()
    expect(guest.page.get_by_role("article").first).to_contain_text("2 moves so far")
    guest.page.get_by_role("link", name="Continue Tower of Hanoi").click()
    guest.await_state("paused")
    assert (guest.episode_id, guest.step) == (episode_id, 2)
    guest.page.keyboard.press("Enter")
    guest.await_state("running")
    guest.play_hanoi(OPTIMAL_HANOI[2:])
    guest.await_state("ended")
    guest.page.get_by_role("link", name="See all games").click()
    expect(guest.card("Tower of Hanoi")).to_contain_text("Best 7")
    expect(guest.heading("Continue")).to_have_count(0)


def test_play_leads_straight_into_the_game_and_is_there_for_fingers_too(make_guest: MakeGuest) -> None:
    phone = make_guest(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone.open("/")
    play = phone.page.get_by_role("link", name="Play Tower of Hanoi")
    expect(play).to_have_css("opacity", "1")
    play.tap()
    phone.await_state("ready")

    desk = make_guest()
    desk.open("/")
    play = desk.page.get_by_role("link", name="Play Breakout")
    expect(play).to_have_css("opacity", "0")
    desk.card("Breakout").hover()
    expect(play).to_have_css("opacity", "1")
    play.click()
    desk.await_state("ready")
    assert desk.page.url.endswith(f"/play/{BREAKOUT}")
