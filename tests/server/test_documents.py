"""What README and the client's page show is run against a real server, word for word."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.serving import serving

ROOT = Path(__file__).parents[2]


def python_blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL)


def run_python(code: str, folder: Path) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_examples_of_the_readme_and_of_the_client_work(tmp_path: Path) -> None:
    query, program = python_blocks("README.md")
    with serving(tmp_path / "data") as server:
        printed = run_python(program.replace("http://127.0.0.1:8080", server.url), tmp_path)
        assert "(210, 160)" in printed
        (client,) = python_blocks("docs/reference/python-client.md")
        names: dict[str, object] = {}
        exec(client, names)
        play = names["play"]
        assert callable(play)
        assert asyncio.run(play(server.url)) == 7.0
        archive = {path.name for path in (server.data / "journal").iterdir()}
        server.await_sealed(list(archive))
        assert "steps" in run_python(query, tmp_path)
