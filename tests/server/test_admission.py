"""A real server whose processors have no room for a second player: it says so before anybody waits on a socket."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.serving import Server, serving

from skill_arcade.client import ArcadeClient, Refused

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="headroom is measured on Linux only")

GAME = "CartPole.v1"
PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("busy") / "data", admission_cpu_limit="0") as server:
        yield server


def test_without_headroom_a_new_game_is_refused_and_one_that_is_played_goes_on(server: Server) -> None:
    """LIVE-3: 503 with Retry-After for a new episode; whoever comes back to theirs gets in, also to a dead session."""

    async def scenario() -> None:
        async with ArcadeClient(server.url) as first, ArcadeClient(server.url) as second:
            await first.login_as_guest()
            await second.login_as_guest()
            async with first.play(GAME) as game:
                await game.start()
                await game.wait_until(lambda: game.step >= 5)
                answer = await ask_bare(server, second)
                assert (answer.status_code, answer.json()["code"]) == (503, "at_capacity")
                assert answer.json()["detail"].startswith("One more game now would slow down")
                assert 1 <= int(answer.headers["Retry-After"]) <= 60

                ticket = await first.ticket(episode_id=game.episode_id, resume_token=game.resume_token)
                assert ticket["episode_id"] == game.episode_id

                reached = game.step
                server.kill(server.session_pids())
                await game.wait_until(lambda: game.step > reached)
                assert (await ask_bare(server, second)).status_code == 503
                await game.quit()
            # Asked for again and again, as the page does: nothing else brings the refused one in.
            assert (await until_admitted(second))["game_id"] == GAME

    asyncio.run(scenario())


async def ask_bare(server: Server, arcade: ArcadeClient) -> httpx.Response:
    """A ticket for a new episode, or how it is refused, with its headers."""
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        headers = {"Authorization": f"Bearer {arcade.token}"}
        return await http.post("/play-tickets", json={"game_id": GAME}, headers=headers)


async def until_admitted(arcade: ArcadeClient) -> dict[str, Any]:
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await arcade.ticket(game_id=GAME)
        except Refused as refused:
            if refused.code != "at_capacity" or time.monotonic() > deadline_s:
                raise
        await asyncio.sleep(0.05)
