"""What became of a game after it was played: waited for, and read in several ways."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.serving import Server

from skill_arcade.dataset import Episode, open_dataset
from skill_arcade.domain.episode import Status
from skill_arcade.domain.errors import SkillArcadeError

END_PATIENCE_S = 60.0


def await_ended(server: Server, episode_id: str) -> Episode:
    """The episode, once its end is recorded: read from its journal, or from its tables if it is sealed already."""
    deadline_s = time.monotonic() + END_PATIENCE_S
    while time.monotonic() < deadline_s:
        try:
            episode = open_dataset(server.data).episode(episode_id)
            if episode.info.status != Status.RUNNING:
                return episode
        except (OSError, SkillArcadeError):
            pass  # its journal was taken away while it was read
        time.sleep(0.02)
    raise AssertionError(f"no end:\n{server.log.read_text()[-3000:]}")


def await_sealed(server: Server, episode_id: str) -> Episode:
    """The episode, once it is sealed: its row of `episodes` is written last (REC-35)."""
    server.await_sealed([episode_id])
    return open_dataset(server.data).episode(episode_id)


def table_file(server: Server, table: str, episode_id: str) -> Path:
    """The Parquet file of one table of a sealed episode."""
    (path,) = (server.data / "archive" / table).rglob(f"{episode_id}.parquet")
    return path


def hash_pictures(episode: Episode) -> dict[int, str]:
    """The hash of every recorded picture as the browser has to show it: RGB, row by row."""
    form = episode.info.picture_format
    return {step: hashlib.sha256(form.to_rgb(picture).tobytes()).hexdigest() for step, picture in episode.frames()}


def verify_all(server: Server) -> list[dict[str, Any]]:
    """`skill-arcade verify --all --json`; it must find nothing wrong."""
    result = subprocess.run(
        [sys.executable, "-m", "skill_arcade.cli.main", "verify", "--all", "--json"],
        env={**os.environ, "SKILL_ARCADE_DATA": str(server.data)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    results: list[dict[str, Any]] = json.loads(result.stdout)
    return results


def log_in_guest(server: Server) -> str:
    """The token of a new guest (LIVE-1)."""
    request = urllib.request.Request(
        f"{server.url}/auth/login", b'{"guest": true}', {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        token: str = json.load(answer)["token"]
        return token


def ask(server: Server, path: str, token: str) -> Any:
    """A GET with somebody's login; its JSON."""
    request = urllib.request.Request(f"{server.url}{path}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def running_episodes(server: Server, token: str) -> list[dict[str, Any]]:
    """What the index says of somebody's episodes without an end, newest first."""
    episodes: list[dict[str, Any]] = ask(server, "/episodes?owner=me&status=running", token)["episodes"]
    return episodes


def session_pids(server: Server, episode_id: str) -> list[int]:
    """The process that plays an episode: it holds the episode's journal open."""
    return [
        pid
        for pid in server.pids("skill_arcade.sessions.process.nursery")
        if any(f"/{episode_id}/" in _read_link(each) for each in Path(f"/proc/{pid}/fd").glob("*"))
    ]


def _read_link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
