"""`skill-arcade serve` from the outside: what it says when it cannot start, and how it stops."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.serving import Server, serving

from skill_arcade.client import ArcadeClient


def try_to_serve(data: Path, **settings: str) -> tuple[int, list[str]]:
    """Run `serve` until it gives up; its exit status and what it said, without the log lines of its libraries."""
    run = subprocess.run(
        [sys.executable, "-m", "skill_arcade.cli.main", "serve"],
        env={**os.environ, "SKILL_ARCADE_DATA": str(data), **settings},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return run.returncode, [line for line in run.stderr.splitlines() if " INFO " not in line]


def test_a_port_in_use_is_named_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, said = try_to_serve(tmp_path / "data", PORT=str(port))
    assert status != 0
    assert len(said) == 1
    assert str(port) in said[0]
    assert "PORT=" in said[0]


def test_a_data_folder_that_cannot_be_used_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    status, said = try_to_serve(tmp_path / "data", PORT="0")
    assert status != 0
    assert len(said) == 1
    assert str(tmp_path / "data") in said[0]


def test_a_game_file_that_is_wrong_is_named_with_its_line_and_key(tmp_path: Path) -> None:
    games = tmp_path / "games"
    games.mkdir()
    (games / "Bad.v0.yaml").write_text("id: Bad.v0\ntitle: Bad\nsumary: A slip of the pen.\n")
    status, said = try_to_serve(tmp_path / "data", PORT="0", SKILL_ARCADE_GAMES=str(games))
    assert status != 0
    assert len(said) == 1
    assert "Bad.v0.yaml:3: sumary" in said[0]


def test_a_setting_that_is_wrong_is_named_in_one_line(tmp_path: Path) -> None:
    status, said = try_to_serve(tmp_path / "data", PORT="many")
    assert status != 0
    assert len(said) == 1
    assert "PORT" in said[0]


def test_a_server_with_a_name_of_its_own_says_where_it_can_be_reached_and_how_long_the_link_works(
    tmp_path: Path,
) -> None:
    with serving(tmp_path / "data", host="0.0.0.0", allowed_hosts="arcade.example.org") as server:
        deadline_s = time.monotonic() + 20
        while "Ctrl-C" not in server.log.read_text() and time.monotonic() < deadline_s:
            time.sleep(0.05)
        said = server.log.read_text()
    assert f"Skill Arcade is open:  {server.url}\n" in said
    assert f"{server.url}/?admin=" in said
    assert "(works once, within 10 minutes)" in said
    assert "0.0.0.0:" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_stops_cleanly_and_games_can_be_resumed_after_the_next_start(tmp_path: Path, number: signal.Signals) -> None:
    """LIVE-70: players are told with 1012, and come back."""

    async def play_over_a_restart(server: Server) -> None:
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play("Breakout.v0") as game:
                await game.start()
                await game.wait_until(lambda: game.step >= 30)
                status = await asyncio.to_thread(stop, server, number)
                assert status == 0
                shown = game.step
                await asyncio.to_thread(server.start)
                await game.wait_until(lambda: game.step >= shown + 30, 30)
                assert game.n_reconnects >= 1

    with serving(tmp_path / "data") as server:
        asyncio.run(play_over_a_restart(server))


def stop(server: Server, number: signal.Signals) -> int:
    """Ask it to stop; its exit status. No process of it may be left."""
    assert server.process is not None
    server.process.send_signal(number)
    status = server.process.wait(timeout=30)
    deadline_s = time.monotonic() + 10
    while server.pids() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert server.pids() == []
    return status
