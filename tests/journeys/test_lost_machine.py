"""A machine that is lost with what it had not shipped: the browser offers its inputs, and its player goes on."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from playwright.sync_api import expect
from tests.journeys.conftest import MakeContext, TakePicture
from tests.journeys.recorded import await_sealed, verify_all
from tests.journeys.visit import BREAKOUT, Visit, open_tab
from tests.serving import Server, serving


def play_a_little(visit: Visit, until: int) -> None:
    """To and fro."""
    while visit.step < until:
        for key in ("ArrowRight", "ArrowLeft"):
            with visit.holding(key):
                visit.page.wait_for_timeout(120)


def stop_shipping(server: Server) -> None:
    """From here on no step is told to be safe, so a browser keeps its inputs."""
    shippers = server.pids("shipper")
    assert shippers, "nobody ships"
    for pid in shippers:
        os.kill(pid, signal.SIGSTOP)


def lose_what_was_not_shipped(server: Server, journal: Path, shipped: Path) -> None:
    """Everything dies; what is found afterwards is what the shipper had vouched for."""
    server.kill_everything()
    shutil.rmtree(journal)
    shutil.copytree(shipped, journal)
    server.start()


def test_a_deterministic_game_goes_on_without_loss(
    make_context: MakeContext, tmp_path: Path, take_picture: TakePicture
) -> None:
    """LIVE-36, LIVE-52, LIVE-61, LIVE-71."""
    with serving(tmp_path / "data") as server:
        player = open_tab(make_context(), server.url)
        player.come_in_as_guest()
        player.begin(BREAKOUT, record_canvas=True)
        episode_id = player.episode_id
        with player.holding("Space"):
            play_a_little(player, 60)
        stop_shipping(server)
        journal, shipped = server.data / "journal" / episode_id, tmp_path / "shipped"
        shutil.copytree(journal, shipped)
        n_shipped = player.step
        play_a_little(player, n_shipped + 120)
        seen = player.step
        server.kill_everything()
        expect(player.heading("One moment…")).to_be_visible()
        expect(player.page.get_by_role("alert")).to_have_count(0)
        take_picture(player, "bringing-back")
        lose_what_was_not_shipped(server, journal, shipped)
        player.await_state("running", "countdown", "paused")
        if player.state == "paused":
            player.page.keyboard.press("Enter")
        player.await_state("running")
        player.await_step(seen + 60)
        assert player.page.get_by_text("broke down").count() == 0
        assert player.episode_id == episode_id
        drawn = player.drawn_hashes
        player.page.keyboard.press("Escape")
        player.button("New game").click()
        player.overlay.get_by_role("button", name="Start over").click()
        episode = await_sealed(server, episode_id)
        assert set(episode.steps()["epoch"].to_pylist()) == {1, 2}
        verified = {each["episode_id"]: each["verification"] for each in verify_all(server)}
        assert verified[episode_id] == "verified"
    # What was drawn before and after the loss is one game: no number ever stood for two pictures.
    pictures: dict[int, str] = {}
    for step, digest in drawn:
        assert pictures.setdefault(step, digest) == digest, f"picture {step}"
    assert max(pictures) >= seen + 60
