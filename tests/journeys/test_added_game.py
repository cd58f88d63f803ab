"""A game that somebody adds, from the page that explains it: one YAML file, no web code, played in a real browser."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests import howto
from tests.journeys.conftest import MakeContext
from tests.journeys.recorded import await_sealed, hash_pictures
from tests.journeys.visit import READ_CANVAS, Visit, open_tab
from tests.serving import Server, serving

PACKAGE = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "lights-out-games"
version = "1.0"
"""


@pytest.fixture(scope="module")
def games(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the page's files."""
    folder = tmp_path_factory.mktemp("howto")
    howto.write_files(folder)
    return folder / "games"


@pytest.fixture(scope="module")
def server(games: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("added") / "data"
    with serving(data, variables={"PYTHONPATH": str(games)}, games=str(games)) as server:
        yield server


def test_a_game_of_one_file_is_played_in_the_browser_and_verified(make_context: MakeContext, server: Server) -> None:
    """REC-2, REC-50, LIVE-38."""
    visit = open_tab(make_context(), server.url)
    visit.come_in_as_guest()
    visit.page.get_by_role("searchbox").fill("lights")
    expect(visit.heading("Lights Out")).to_be_visible()
    visit.begin(howto.GAME, record_canvas=True)
    switches = put_the_lights_out(visit)
    visit.await_state("ended")
    expect(visit.overlay).to_contain_text("You won!")

    episode = await_sealed(server, visit.episode_id)
    assert (episode.info.status, episode.n_steps) == ("won", len(switches))
    assert [row["action"] for row in episode.steps().to_pylist()] == switches
    recorded = hash_pictures(episode)
    assert all(recorded[step] == drawn for step, drawn in visit.drawn_hashes)
    (result,) = json.loads(server.run_cli("verify", "--all", "--json").stdout)
    assert result["verification"] == "verified"


def put_the_lights_out(visit: Visit) -> list[int]:
    """Look at the lamps in the picture, and press the switches: the first by a click, the others by keys."""
    lamps = visit.page.evaluate(
        f"() => {{ const context = {READ_CANVAS};"
        """
            return Array.from({ length: 9 }, (_, lamp) =>
                context.getImageData((lamp % 3) * 40 + 20, Math.floor(lamp / 3) * 40 + 20, 1, 1).data[0] > 128 ? 1 : 0);
        }"""
    )
    switches = howto.solve(lamps)
    first, *others = switches
    canvas = visit.page.get_by_test_id("screen")
    box = canvas.bounding_box()
    assert box is not None
    x, y = ((place + 0.5) / 3 for place in (first % 3, first // 3))
    canvas.click(position={"x": box["width"] * x, "y": box["height"] * y})
    visit.await_step(1)
    for switch in others:
        visit.page.keyboard.press(f"Digit{howto.LAMP_KEYS[switch]}")
    return switches


def test_a_game_of_an_installed_package_is_there_without_a_setting(
    make_context: MakeContext, games: Path, tmp_path: Path
) -> None:
    """The page's last step: a real package, built and installed by pip, found by its entry point."""
    site = install_package(games, tmp_path)
    with serving(tmp_path / "data", variables={"PYTHONPATH": str(site)}) as server:
        visit = open_tab(make_context(), server.url)
        visit.come_in_as_guest()
        visit.begin(howto.GAME)
        visit.page.keyboard.press("Digit5")
        visit.await_step(1)


def install_package(games: Path, folder: Path) -> Path:
    """Build a package of the page's files as it says, and install it into a folder of its own."""
    project, site = folder / "project", folder / "site"
    package = project / "lights_out_games"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "lights_out.py").write_text((games / "lights_out.py").read_text())
    game = (games / "LightsOut.v0.yaml").read_text()
    (package / "LightsOut.v0.yaml").write_text(game.replace("id: lights_out:", "id: lights_out_games.lights_out:"))
    (project / "pyproject.toml").write_text(PACKAGE + howto.read_block("toml", "entry-points"))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--target", str(site), str(project)], check=True, timeout=120)
    return site
