"""A disk that is full while people play: they are told, the game waits, nothing is lost, and it goes on."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.serving import Server, serving

from skill_arcade.client import ArcadeClient, LiveGame, Refused
from skill_arcade.dataset import open_dataset

DISK_BYTES = 24 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    if os.geteuid() != 0:
        pytest.skip("making a small disk needs root; the journal's own tests fill one by RLIMIT_FSIZE instead")
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


def test_a_full_disk_pauses_the_game_and_it_goes_on_when_there_is_room(small_disk: Path) -> None:
    """REC-1, LIVE-3, LIVE-19, LIVE-21."""
    with serving(small_disk / "data", min_free_mb="4") as server:
        episode_id = asyncio.run(play_over_a_full_disk(server, small_disk))
        server.await_sealed([episode_id])
        verified = server.run_cli("verify", "--all", "--json")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        steps = open_dataset(server.data).episode(episode_id).steps()["step"].to_pylist()
        assert steps == list(range(len(steps)))


async def play_over_a_full_disk(server: Server, disk: Path) -> str:
    async with ArcadeClient(server.url) as arcade:
        await arcade.login_as_guest()
        async with arcade.play("Breakout.v0") as game:
            await game.start()
            await game.wait_until(lambda: game.step >= 60)
            ballast = await asyncio.to_thread(fill, disk)
            await game.wait_until(lambda: reason_of(game) == "storage_full", 20)
            await game.press("ArrowLeft")
            with pytest.raises(Refused) as refused:
                await arcade.ticket(game_id="Breakout.v0")
            assert (refused.value.status, refused.value.code) == (507, "storage_full")
            shown = game.step
            ballast.unlink()
            await asyncio.sleep(2)
            await game.resume()
            await game.wait_until(lambda: game.step >= shown + 60, 20)
            await game.quit()
            return game.episode_id


def reason_of(game: LiveGame) -> str | None:
    return game.progress.state.reason if game.progress.state else None
