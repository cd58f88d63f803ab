"""A game's own page: its options, one's keys in it, and how far people came."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.journeys.conftest import MakeContext, MakeGuest
from tests.journeys.recorded import await_ended, running_episodes
from tests.journeys.visit import BREAKOUT, HANOI, OPTIMAL_HANOI, Visit, open_tab
from tests.serving import Server

# Nobody else plays it in these tests: the page tells the ten best, and many win the usual one.
FOUR_POLES = f"{HANOI}?poles=4"
MOVES_OVER_FOUR_POLES = ("12", "13", "14", "34", "24")
MOVES_OF_TWO_DISCS = ("12", "13", "23")


def test_an_option_makes_another_game_which_has_a_best_of_its_own_and_is_remembered(
    guest: Visit, server: Server
) -> None:
    guest.open(f"/games/{HANOI}")
    expect(guest.heading("Tower of Hanoi")).to_be_visible()
    guest.page.get_by_role("radio", name="2", exact=True).check()
    guest.page.wait_for_url("**?discs=2")
    guest.page.keyboard.press("Enter")
    guest.await_state("ready")
    guest.page.keyboard.press("x")
    guest.await_state("running")
    guest.play_hanoi(MOVES_OF_TWO_DISCS)
    guest.await_state("ended")
    episode = await_ended(server, guest.episode_id)
    assert (episode.info.status, episode.n_steps) == ("won", 3)

    guest.button("Play again").click()
    guest.await_state("ready")
    guest.open(f"/games/{HANOI}")
    expect(guest.page.get_by_role("radio", name="2", exact=True)).to_be_checked()
    expect(guest.page.get_by_text("3 moves", exact=True)).to_be_visible()
    guest.page.get_by_role("group", name="Discs").get_by_role("radio", name="3", exact=True).check()
    expect(guest.page.get_by_text("None yet")).to_be_visible()


def test_four_poles_have_keys_of_their_own_on_the_page_and_in_the_game(guest: Visit) -> None:
    guest.open(f"/games/{HANOI}?poles=4&discs=2")
    expect(guest.page.get_by_text("All 12 moves")).to_be_visible()
    guest.page.get_by_role("link", name="Play").click()
    guest.await_state("ready")
    guest.page.keyboard.press("x")
    guest.await_state("running")
    guest.play_hanoi(("12", "14", "24"))
    guest.await_state("ended")
    expect(guest.overlay).to_contain_text("You won!")


def test_an_option_that_the_game_does_not_have_is_told_and_no_other_game_is_begun(guest: Visit, server: Server) -> None:
    guest.open(f"/play/{HANOI}?discs=99&poles=4")
    expect(guest.page.get_by_text("The link asks for “Discs: 99”, which Tower of Hanoi doesn't have.")).to_be_visible()
    assert guest.state == "none"
    assert running_episodes(server, guest.token) == []
    guest.page.get_by_role("link", name="Choose again").click()
    expect(guest.page.get_by_role("group", name="Poles").get_by_role("radio", name="4")).to_be_checked()

    guest.open(f"/games/{HANOI}?discs=99")
    expect(guest.page.get_by_role("alert")).to_contain_text("“Discs: 99”, which this game doesn't have")


def test_the_end_leads_to_the_page_of_the_game_as_it_was_played(guest: Visit) -> None:
    guest.open(f"/play/{HANOI}?discs=2")
    guest.await_state("ready")
    guest.page.keyboard.press("x")
    guest.await_state("running")
    guest.play_hanoi(MOVES_OF_TWO_DISCS)
    guest.await_state("ended")
    guest.page.get_by_role("link", name="About this game").click()
    expect(guest.page.get_by_role("group", name="Discs").get_by_role("radio", name="2")).to_be_checked()


def test_who_comes_by_a_link_with_options_finds_them_behind_the_door(make_context: MakeContext, server: Server) -> None:
    stranger = open_tab(make_context(), server.url)
    stranger.open(f"/games/{HANOI}?discs=5")
    stranger.button("Play as a guest").click()
    expect(stranger.page.get_by_role("radio", name="5", exact=True).first).to_be_checked()


def test_the_best_scores_say_which_is_ones_own_and_name_nobody(make_guest: MakeGuest) -> None:
    first, second = make_guest(), make_guest()
    for visit, moves in ((first, MOVES_OVER_FOUR_POLES), (second, ("12", "21", *MOVES_OVER_FOUR_POLES))):
        visit.begin(FOUR_POLES)
        visit.play_hanoi(moves)
        visit.await_state("ended")
    second.await_that(lambda: has_scores(second, 2), "two people's scores")
    rows = second.page.get_by_role("row").all_inner_texts()[1:]
    own = [row for row in rows if "You" in row]
    others = [row for row in rows if "Another player" in row]
    assert len(own) == 1
    assert "7" in own[0]
    assert len(others) == len(rows) - 1
    assert "5" in others[0]


def has_scores(visit: Visit, n: int) -> bool:
    visit.open(f"/games/{FOUR_POLES}")
    expect(visit.heading("Best scores")).to_be_visible()
    expect(visit.page.get_by_text("Looking them up…")).to_have_count(0)
    rows = visit.page.get_by_role("row").all_inner_texts()
    return len(rows) > n and any("You" in row for row in rows)


def test_a_key_of_ones_own_holds_from_the_next_game_and_the_one_that_was_left_keeps_its_keys(
    guest: Visit, server: Server
) -> None:
    guest.begin(HANOI)
    guest.play_hanoi(OPTIMAL_HANOI[:1])
    guest.await_step(1)
    guest.await_that(lambda: running_episodes(server, guest.token)[0]["n_steps"] == 1, "the step in the index")
    guest.open(f"/games/{HANOI}")
    guest.button("Change keys").click()
    guest.button("In place of 1: 1").click()
    guest.page.keyboard.press("q")
    guest.button("In place of 2: 2").click()
    guest.page.keyboard.press("3")
    expect(guest.overlay.get_by_role("status")).to_contain_text("3 and 2 have changed places.")
    expect(guest.overlay).to_contain_text("Your game under way keeps the keys it began with.")
    guest.button("Save keys").click()
    expect(guest.overlay).to_have_count(0)

    guest.page.get_by_role("link", name="Continue").click()
    guest.await_state("paused")
    guest.page.keyboard.press("Enter")
    guest.await_state("running")
    guest.play_hanoi(OPTIMAL_HANOI[1:])
    guest.await_state("ended")

    guest.button("Play again").click()
    guest.await_state("ready")
    expect(guest.page.get_by_title("Q").first).to_be_visible()
    guest.page.keyboard.press("x")
    guest.await_state("running")
    own_keys = str.maketrans({"1": "q", "2": "3", "3": "2"})
    guest.play_hanoi(tuple(move.translate(own_keys) for move in OPTIMAL_HANOI))
    guest.await_state("ended")
    expect(guest.overlay).to_contain_text("You won!")


def test_keys_are_reset_and_what_the_server_refuses_is_told(guest: Visit) -> None:
    guest.open(f"/games/{BREAKOUT}")
    guest.button("Change keys").click()
    guest.button("Serve: Space bar").click()
    guest.page.keyboard.press("F2")
    expect(guest.overlay.get_by_role("status")).to_contain_text("F2 can't be used in a game.")
    guest.button("Serve: Space bar").click()
    guest.page.keyboard.press("m")
    expect(guest.button("Serve: M")).to_be_visible()
    refusal = '{"code": "bad_keys", "detail": "These keys do not go together."}'
    guest.page.route(
        "**/me/games/*", lambda route: route.fulfill(status=422, content_type="application/json", body=refusal)
    )
    guest.button("Save keys").click()
    expect(guest.overlay.get_by_role("alert")).to_contain_text("Your keys were not saved.")
    guest.page.unroute("**/me/games/*")
    guest.button("Reset").click()
    expect(guest.button("Serve: Space bar")).to_be_visible()
    guest.button("Save keys").click()
    expect(guest.overlay).to_have_count(0)
    expect(guest.page.get_by_title("Space bar")).to_be_visible()
