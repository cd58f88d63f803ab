"""An arcade with SKILL_ARCADE_RECORDING=off: players are told before they play, while they play, and after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.journeys.conftest import MakeContext, TakePicture
from tests.journeys.recorded import ask
from tests.journeys.visit import BREAKOUT, HANOI, OPTIMAL_HANOI, Visit, open_tab
from tests.serving import Server, serving


@pytest.fixture(scope="module")
def unrecorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("unrecorded") / "data", recording="off") as server:
        yield server


@pytest.fixture
def player(make_context: MakeContext, unrecorded: Server) -> Visit:
    """Somebody at the door."""
    return open_tab(make_context(), unrecorded.url)


def test_who_comes_in_is_not_told_that_games_are_recorded(player: Visit) -> None:
    player.open("/")
    expect(player.page.get_by_text("Games are not recorded just now.")).to_be_visible()
    expect(player.page.get_by_text("Every game you play is recorded")).to_have_count(0)


def test_a_games_page_says_so_before_the_game_is_begun(player: Visit, take_picture: TakePicture) -> None:
    player.come_in_as_guest()
    player.open(f"/games/{HANOI}")
    notice = player.page.get_by_text("Games are not recorded just now.")
    expect(notice).to_be_visible()
    expect(notice.locator("..")).to_contain_text("scores aren't kept")
    take_picture(player, "unrecorded-game")


def test_it_is_said_as_long_as_the_game_is_there_and_no_score_is_promised(
    player: Visit, unrecorded: Server, take_picture: TakePicture
) -> None:
    """LIVE-6: the `welcome` tells it."""
    player.come_in_as_guest()
    player.go_to(HANOI)
    mark = player.page.get_by_text("Not recorded", exact=True)
    expect(player.page.get_by_text("This game is not recorded: its score won't be kept.")).to_be_visible()
    player.page.keyboard.press("x")
    player.await_state("running")
    expect(mark).to_be_visible()
    take_picture(player, "unrecorded-playing")
    player.play_hanoi(OPTIMAL_HANOI)
    player.await_state("ended")
    expect(mark).to_be_visible()
    expect(player.overlay).to_contain_text("This game was not recorded.")
    expect(player.overlay).not_to_contain_text("Your first result")
    episode_id = player.episode_id

    def is_forgotten() -> bool:
        return episode_id not in [
            each["id"] for each in ask(unrecorded, "/episodes?owner=me", player.token)["episodes"]
        ]

    player.await_that(is_forgotten, "its end, of which nothing is left")
    player.overlay.get_by_role("link", name="About this game").click()
    expect(player.page.get_by_text("None yet")).to_be_visible()


@pytest.mark.parametrize("viewport", [(390, 844), (844, 390)], ids=["upright", "across"])
def test_on_a_phone_too(make_context: MakeContext, unrecorded: Server, viewport: tuple[int, int]) -> None:
    width, height = viewport
    phone = open_tab(
        make_context(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True), unrecorded.url
    )
    phone.come_in_as_guest()
    phone.go_to(BREAKOUT)
    phone.button("Start").tap()
    phone.await_state("running")
    expect(phone.page.get_by_text("Not recorded", exact=True)).to_be_in_viewport(ratio=1)


def test_where_games_are_recorded_nothing_of_it_is_said(guest: Visit) -> None:
    guest.begin(HANOI)
    expect(guest.page.get_by_text("Not recorded", exact=True)).to_have_count(0)
    guest.open(f"/games/{HANOI}")
    expect(
        guest.page.get_by_role("link", name="New game").or_(guest.page.get_by_role("link", name="Play"))
    ).to_be_visible()
    expect(guest.page.get_by_text("not recorded")).to_have_count(0)
