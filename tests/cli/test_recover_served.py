"""A machine is lost with its disk, and `recover --machine` is run beside the server that is left."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from tests.object_stores import tell_missing
from tests.postgresql import find_programs
from tests.several_servers import installation
from tests.waiting import await_true

from skill_arcade.client import ArcadeClient
from skill_arcade.database.episodes import fetch_episode


def test_the_server_that_is_left_seals_what_a_lost_machine_had_shipped(tmp_path: Path) -> None:
    """REC-32, REC-33."""
    if find_programs() is None or tell_missing("s3") is not None:
        pytest.skip("PostgreSQL or moto is missing")
    with installation(tmp_path, "s3", gone_after_s="2") as house:
        lost, left = house.servers

        async def play() -> str:
            async with ArcadeClient(lost.url) as arcade:
                await arcade.login_as_guest()
                async with arcade.play("Breakout.v0") as game:
                    await game.start()
                    await game.wait_until(lambda: game.step >= 60)
                    await game.wait_until(lambda: game.progress.safe.durable_store > 30)
                    machine = (lost.data / "machine").read_text().strip()
                    await asyncio.to_thread(lost.kill_everything)
                    shutil.rmtree(lost.data)
                    return f"{game.episode_id} {machine}"

        episode_id, machine = asyncio.run(play()).split()
        settings = {
            "SKILL_ARCADE_DATA": str(left.data),
            **{f"SKILL_ARCADE_{name.upper()}": value for name, value in left.settings.items()},
            **left.variables,
        }

        def run_recover() -> dict[str, object]:
            ran = subprocess.run(
                [sys.executable, "-m", "skill_arcade.cli.main", "recover", "--machine", machine, "--end", "--json"],
                env={**os.environ, **settings},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert ran.returncode == 0, ran.stderr
            told: dict[str, object] = json.loads(ran.stdout)
            return told

        told = run_recover()
        assert told["is_served"]
        assert told["ended"] == [episode_id]

        def is_sealed() -> bool:
            with house.database() as database, database.read() as session:
                row = fetch_episode(session, UUID(episode_id))
            return row is not None and row.sealed

        await_true(is_sealed, tell=lambda: left.log.read_text()[-3000:])
        assert run_recover()["is_cleared"]
