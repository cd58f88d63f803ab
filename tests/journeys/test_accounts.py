"""Coming in with an e-mail address, and with the administrator's link."""

from __future__ import annotations

import os
import subprocess
import sys

from playwright.sync_api import expect
from tests.journeys.conftest import MakeContext
from tests.journeys.recorded import ask
from tests.journeys.visit import HANOI, Visit, open_tab
from tests.serving import Server

ADDRESS = "ada@example.org"


def come_in_with_email(visit: Visit) -> None:
    visit.open("/")
    visit.page.get_by_label("E-mail address").fill(ADDRESS)
    visit.page.keyboard.press("Enter")
    expect(visit.heading("Pick a game")).to_be_visible()
    expect(visit.button(ADDRESS)).to_be_visible()


def test_who_comes_in_with_an_address_finds_their_scores_again_in_another_browser(
    make_context: MakeContext, server: Server
) -> None:
    """LIVE-1."""
    at_home = open_tab(make_context(), server.url)
    come_in_with_email(at_home)
    at_home.begin(HANOI)
    at_home.play_hanoi()
    at_home.await_state("ended")
    at_home.page.get_by_role("link", name="See all games").click()
    expect(at_home.card("Tower of Hanoi")).to_contain_text("Best 7")
    at_home.button(ADDRESS).click()
    at_home.page.get_by_role("menuitem", name="Leave").click()
    expect(at_home.heading("Come in")).to_be_visible()

    elsewhere = open_tab(make_context(), server.url)
    come_in_with_email(elsewhere)
    expect(elsewhere.card("Tower of Hanoi")).to_contain_text("Best 7")


def test_an_address_that_is_none_is_not_sent(visit: Visit) -> None:
    visit.open("/")
    visit.page.get_by_label("E-mail address").fill("nobody")
    visit.button("Continue with e-mail").click()
    assert visit.page.evaluate("document.querySelector('input[type=email]').validity.typeMismatch")
    expect(visit.heading("Come in")).to_be_visible()


def test_the_administrators_link_works_once(make_context: MakeContext, server: Server) -> None:
    link = make_admin_link(server)
    admin = open_tab(make_context(), server.url)
    admin.page.goto(link)
    expect(admin.heading("Pick a game")).to_be_visible()
    assert admin.page.url == f"{server.url}/", "the code stays in the address"
    assert ask(server, "/auth/me", admin.token)["role"] == "admin"

    late = open_tab(make_context(), server.url)
    late.page.goto(link)
    expect(late.page.get_by_role("alert")).to_contain_text("That link has been used already or is too old.")
    late.button("Play as a guest").click()
    expect(late.heading("Pick a game")).to_be_visible()


def make_admin_link(server: Server) -> str:
    return subprocess.run(
        [sys.executable, "-m", "skill_arcade.cli.main", "admin-link"],
        env={**os.environ, "SKILL_ARCADE_DATA": str(server.data), "PORT": str(server.port)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout.strip()
