"""A disk that is full under a player: they are told, press nothing in vain, and the game goes on where it was."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.journeys.conftest import MakeContext, TakePicture
from tests.journeys.recorded import running_episodes
from tests.journeys.visit import BREAKOUT, HANOI, OPTIMAL_HANOI, open_tab
from tests.serving import serving

DISK_BYTES = 24 * 1024 * 1024
TOLD = "The arcade has run out of room, so your game is paused. Nothing of it is lost."


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    if os.geteuid() != 0:
        pytest.skip("making a small disk needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be made here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave not one byte."""
    ballast = folder / "ballast"
    descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    try:
        for size in (65_536, 512, 1):
            try:
                while True:
                    os.write(descriptor, bytes(size))
            except OSError:
                continue
    finally:
        os.close(descriptor)
    return ballast


def test_a_player_is_told_of_a_full_disk_and_goes_on_when_there_is_room(
    make_context: MakeContext, small_disk: Path, take_picture: TakePicture
) -> None:
    """LIVE-19, LIVE-21."""
    with serving(small_disk / "data", min_free_mb="4") as server:
        player = open_tab(make_context(), server.url)
        player.come_in_as_guest()
        player.begin(BREAKOUT)
        player.await_step(60)
        ballast = fill(small_disk)
        player.await_state("paused")
        expect(player.page.get_by_text(TOLD)).to_be_visible()
        for button in player.button("Resume").all():
            expect(button).to_be_disabled()
        player.page.keyboard.press("Enter")
        player.await_state("paused")
        expect(player.page.get_by_text("There is some again.")).to_have_count(0)
        take_picture(player, "full-disk")
        step = player.step

        ballast.unlink()
        expect(player.overlay).to_contain_text("There is some again.")
        expect(player.page.get_by_text(TOLD)).to_have_count(0)
        player.overlay.get_by_role("button", name="Resume").click()
        player.await_state("running")
        player.await_step(step + 60)


def test_a_page_that_is_loaded_anew_meanwhile_waits_with_its_game(make_context: MakeContext, small_disk: Path) -> None:
    """LIVE-3: the index is on that disk too, so nothing can be gone on with before there is room."""
    with serving(small_disk / "data", min_free_mb="4") as server:
        player = open_tab(make_context(), server.url)
        player.come_in_as_guest()
        player.begin(HANOI)
        player.play_hanoi(OPTIMAL_HANOI[:2])
        episode_id = player.episode_id
        player.await_that(lambda: running_episodes(server, player.token)[0]["n_steps"] == 2, "two steps in the index")
        ballast = fill(small_disk)
        player.page.reload()
        player.button("Continue your game").click()
        page = player.page.locator("body")
        expect(page).to_contain_text("Your game is kept, and comes back as soon as there is room.")
        assert str(small_disk) not in page.inner_text()

        ballast.unlink()
        for is_offline in (True, False):  # a browser that is back on line does not wait for the minute that it was told
            player.page.context.set_offline(is_offline)
        player.await_state("paused")
        assert player.episode_id == episode_id
        player.page.keyboard.press("Enter")
        player.await_state("running")
        player.play_hanoi(OPTIMAL_HANOI[2:])
        player.await_state("ended")
        expect(player.overlay).to_contain_text("You won!")
