"""What cannot be had: one kind sentence each, and a way on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.journeys.conftest import MakeContext
from tests.journeys.visit import BREAKOUT, HANOI, Visit, open_tab
from tests.serving import serving


def test_a_full_server_is_waited_for_until_somebody_has_finished(
    make_context: MakeContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """LIVE-3."""
    with serving(tmp_path_factory.mktemp("full") / "data", max_sessions="1") as server:
        first = open_tab(make_context(), server.url)
        first.come_in_as_guest()
        first.begin(HANOI)
        second = open_tab(make_context(), server.url)
        second.come_in_as_guest()
        second.open(f"/play/{HANOI}")
        second.await_state("waiting")
        expect(second.overlay).to_contain_text("All machines are in use")
        expect(second.overlay).to_contain_text("We try again in")

        second.button("Stop waiting").click()
        second.await_state("refused")
        alert = second.page.get_by_role("alert")
        expect(alert).to_contain_text("All machines are in use")
        expect(alert).to_contain_text("Try again in 10 seconds.")
        second.button("Try again").click()
        second.await_state("waiting")

        first.play_hanoi()
        first.await_state("ended")
        second.await_state("ready")


def test_a_full_disk_is_said_in_a_sentence_and_another_try_is_offered(
    make_context: MakeContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """LIVE-3."""
    with serving(tmp_path_factory.mktemp("small") / "data", min_free_mb=str(10**9)) as server:
        player = open_tab(make_context(), server.url)
        player.come_in_as_guest()
        player.open(f"/games/{HANOI}")
        player.page.get_by_role("link", name="Play").click()
        player.await_state("refused")
        alert = player.page.get_by_role("alert")
        expect(alert).to_contain_text("No room for another game")
        expect(alert).to_contain_text("The arcade has run out of room to keep games. Please try again later.")
        player.button("Try again").click()
        player.await_state("refused")


def test_where_no_login_by_e_mail_is_possible_none_is_offered(
    make_context: MakeContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("proxied") / "data"
    with serving(data, allowed_hosts="arcade.example.org") as server:
        player = open_tab(make_context(), server.url)
        player.open("/")
        expect(player.button("Play as a guest")).to_be_visible()
        expect(player.page.get_by_label("E-mail address")).to_have_count(0)
        expect(player.page.get_by_text("or", exact=True)).to_have_count(0)


def test_a_game_that_is_not_there_leads_to_the_others(guest: Visit) -> None:
    guest.open("/play/Pong.v99")
    expect(guest.heading("There's no such game here")).to_be_visible()
    guest.page.get_by_role("link", name="See all games").click()
    expect(guest.heading("Pick a game")).to_be_visible()


def test_a_page_that_is_not_there_leads_to_the_games(guest: Visit) -> None:
    guest.open("/no/such/page")
    expect(guest.heading("There's nothing here")).to_be_visible()
    guest.page.get_by_role("link", name="See all games").click()
    expect(guest.heading("Pick a game")).to_be_visible()


@pytest.mark.parametrize("path", ["/", f"/play/{BREAKOUT}"])
def test_who_is_no_longer_logged_in_is_told_so_at_the_door_and_comes_back_to_where_they_were(
    guest: Visit, path: str
) -> None:
    """LIVE-1, LIVE-3."""
    guest.open("/")
    guest.page.evaluate("localStorage.setItem('skill-arcade.token', 'worthless')")
    guest.open(path)
    expect(guest.heading("Come in")).to_be_visible()
    expect(guest.page.get_by_role("alert")).to_contain_text("You've been signed out.")
    guest.button("Play as a guest").click()
    guest.page.wait_for_url(f"**{path}")
    expect(guest.page.get_by_role("alert")).to_have_count(0)


def test_who_leaves_is_not_told_that_they_were_signed_out(guest: Visit) -> None:
    guest.open("/")
    guest.leave_as_guest()
    expect(guest.page.get_by_role("alert")).to_have_count(0)
