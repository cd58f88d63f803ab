"""The play socket of a real server: who is let in, what ends a socket, and that others play on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from tests.raw_player import HELLO
from tests.serving import Server, serving
from tests.sessions.live_session import NAUGHTY_GAMES
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from skill_arcade.client import ArcadeClient, ConnectionLost, LiveGame, Refused
from skill_arcade.dataset import open_dataset
from skill_arcade.wire.limits import SUBPROTOCOL


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("play-socket")
    with serving(folder / "data", games=str(NAUGHTY_GAMES)) as server:
        yield server


async def new_ticket(server: Server, game_id: str = "Hanoi.v0") -> dict[str, Any]:
    async with ArcadeClient(server.url) as arcade:
        await arcade.login_as_guest()
        return await arcade.ticket(game_id=game_id)


@asynccontextmanager
async def socket(
    server: Server, path: str, subprotocol: str = SUBPROTOCOL, **options: Any
) -> AsyncIterator[ClientConnection]:
    url = f"ws://127.0.0.1:{server.port}{path}"
    async with connect(url, subprotocols=[Subprotocol(subprotocol)], compression=None, **options) as connection:
        yield connection


async def close_of(connection: ClientConnection, timeout_s: float = 10.0) -> tuple[int, str]:
    """Read until the server closes; code and reason."""
    async with asyncio.timeout(timeout_s):
        try:
            while True:
                await connection.recv()
        except ConnectionClosed:
            return connection.close_code or 0, connection.close_reason or ""


async def playing(server: Server, *sent: str | bytes, game_id: str = "Hanoi.v0") -> tuple[int, str]:
    """Say hello, start, send something, and see how it ends."""
    ticket = await new_ticket(server, game_id)
    async with socket(server, ticket["path"]) as connection:
        await connection.send(HELLO)
        await connection.send('{"type": "start"}')
        for message in sent:
            try:
                await connection.send(message)
            except ConnectionClosed:
                break
        return await close_of(connection)


def press(seq: int, **changes: Any) -> str:
    fields = {
        "type": "input",
        "kind": "down",
        "seq": seq,
        "code": "Digit1",
        "key": "1",
        "held": [],
        "client_us": 1,
        "shown_step": 0,
    }
    return json.dumps({k: v for k, v in {**fields, **changes}.items() if v is not None})


def act(seq: int, action: int) -> str:
    return press(seq, kind="action", action=action, code=None, key=None)


def test_a_ticket_nobody_made_is_refused_readably(server: Server) -> None:
    """LIVE-4, LIVE-5: the socket is accepted first, so that a browser can read why."""

    async def scenario() -> None:
        async with socket(server, "/ws/Hanoi.v0?token=nonsense") as connection:
            assert connection.subprotocol == SUBPROTOCOL
            code, reason = await close_of(connection)
        assert code == 4401
        assert reason.startswith("ticket_refused: ")

    asyncio.run(scenario())


def test_a_ticket_is_good_for_one_socket(server: Server) -> None:
    """LIVE-4."""

    async def scenario() -> None:
        ticket = await new_ticket(server)
        async with socket(server, ticket["path"]) as first:
            await first.send(HELLO)
            await first.recv()
            async with socket(server, ticket["path"]) as second:
                assert (await close_of(second))[0] == 4401
            await first.send('{"type": "ping", "id": 1, "client_us": 1}')
            await first.recv()

    asyncio.run(scenario())


def test_pictures_are_not_compressed_twice(server: Server) -> None:
    """LIVE-7: a client may offer permessage-deflate; it is not taken up."""

    async def scenario() -> None:
        ticket = await new_ticket(server)
        url = f"ws://127.0.0.1:{server.port}{ticket['path']}"
        async with connect(url, subprotocols=[Subprotocol(SUBPROTOCOL)], compression="deflate") as connection:
            assert connection.response is not None
            assert "Sec-WebSocket-Extensions" not in connection.response.headers

    asyncio.run(scenario())


def test_a_ticket_is_good_for_its_own_game(server: Server) -> None:
    """LIVE-4, LIVE-70: trying it on another game, or on one that there is not, does not use it up."""

    async def scenario() -> None:
        ticket = await new_ticket(server)
        for path in (ticket["path"].replace("Hanoi", "Breakout"), ticket["path"].replace("Hanoi.v0", "Chess.v9")):
            async with socket(server, path) as connection:
                code, reason = await close_of(connection)
            assert (code, reason.split(":")[0]) == (4404, "unknown_game")
        async with socket(server, ticket["path"]) as connection:
            await connection.send(HELLO)
            assert json.loads(await connection.recv())["type"] == "welcome"

    asyncio.run(scenario())


def test_an_unknown_game_is_refused_at_the_ticket(server: Server) -> None:
    """LIVE-3."""

    async def scenario() -> None:
        with pytest.raises(Refused, match="Chess"):
            await new_ticket(server, "Chess.v9")

    asyncio.run(scenario())


def test_a_client_of_another_protocol_is_told_so(server: Server) -> None:
    """LIVE-5: its own subprotocol is echoed, else a browser would hide the close code."""

    async def scenario() -> None:
        ticket = await new_ticket(server)
        async with socket(server, ticket["path"], "skill-arcade.live.v99") as connection:
            assert connection.subprotocol == "skill-arcade.live.v99"
            assert (await close_of(connection))[0] == 4406

    asyncio.run(scenario())


def test_a_page_from_elsewhere_is_refused_before_anything(server: Server) -> None:
    """LIVE-5."""

    async def scenario() -> None:
        ticket = await new_ticket(server)
        for origin in ("https://evil.example", "http://[x"):
            with pytest.raises(InvalidStatus) as refused:
                async with socket(server, ticket["path"], origin=origin):
                    pass
            assert refused.value.response.status_code == 403
        async with socket(server, ticket["path"], origin=server.url) as connection:
            await connection.send(HELLO)
            await connection.recv()

    asyncio.run(scenario())


def test_a_client_that_says_nothing_is_closed(server: Server) -> None:
    """LIVE-6."""

    async def scenario() -> None:
        ticket = await new_ticket(server)
        async with socket(server, ticket["path"]) as connection:
            assert (await close_of(connection))[0] == 4408

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(['{"type": "start"'], 4400, id="LIVE-11: cut off"),
        pytest.param(['{"type": "teleport"}'], 4400, id="LIVE-11: unknown"),
        pytest.param(['{"type": "start", "now": 1}'], 4400, id="LIVE-11: extra"),
        pytest.param([b"\x01\x02"], 4400, id="LIVE-10: binary"),
        pytest.param(['{"type":"start"}' + " " * 16_400], 4413, id="LIVE-12: too large"),
        pytest.param(["x" * 200_000], 1009, id="LIVE-12: far too large"),
        pytest.param([press(2)], 4422, id="LIVE-30: gap"),
        pytest.param([act(1, 6)], 4422, id="LIVE-37: action"),
        pytest.param([HELLO], 4422, id="LIVE-6: hello twice"),
    ],
)
def test_what_breaks_a_rule_ends_the_socket_with_its_code(server: Server, sent: list[str | bytes], code: int) -> None:
    found, reason = asyncio.run(playing(server, *sent))
    assert found == code, reason


def test_a_thousand_messages_a_second_end_the_socket(server: Server) -> None:
    """LIVE-13."""
    pings = [json.dumps({"type": "ping", "id": i, "client_us": 1}) for i in range(1000)]
    code, reason = asyncio.run(playing(server, *pings))
    assert code == 4429
    assert "240" in reason


def test_a_second_socket_supersedes_the_first_and_the_game_goes_on(server: Server) -> None:
    """LIVE-2, LIVE-26."""

    async def scenario() -> None:
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play("Breakout.v0", reconnects=False) as first:
                await first.start()
                await first.next_picture()
                async with arcade.play(
                    episode_id=first.episode_id, resume_token=first.resume_token, reconnects=False
                ) as second:
                    with pytest.raises(ConnectionLost, match="4409 superseded"):
                        await first.wait_until(lambda: False, 5)
                    assert second.step >= first.step
                    await second.resume()
                    await second.next_picture()

    asyncio.run(scenario())


def test_an_owner_without_the_resume_token_waits_until_nobody_plays(server: Server) -> None:
    """LIVE-2, LIVE-3."""

    async def scenario() -> None:
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play("Hanoi.v0", reconnects=False) as game:
                with pytest.raises(Refused) as refused:
                    await until_indexed(arcade, game.episode_id)
                assert (refused.value.status, refused.value.code) == (409, "episode_in_use")

    asyncio.run(scenario())


async def until_indexed(arcade: ArcadeClient, episode_id: str) -> None:
    """Ask for a ticket until the episode is known; it is when its first socket is opened."""
    for _ in range(50):
        try:
            await arcade.ticket(episode_id=episode_id)
        except Refused as refused:
            if refused.code != "unknown_episode":
                raise
        await asyncio.sleep(0.1)


async def until_refused(arcade: ArcadeClient, game: LiveGame) -> None:
    """Ask for tickets until that is refused; the index hears of an end within a quarter of a second."""
    for _ in range(50):
        await arcade.ticket(episode_id=game.episode_id, resume_token=game.resume_token)
        await asyncio.sleep(0.2)


def test_a_stranger_cannot_go_on_with_somebody_elses_episode(server: Server) -> None:
    """LIVE-3: it looks like an episode that is not there."""

    async def scenario() -> None:
        async with ArcadeClient(server.url) as owner, ArcadeClient(server.url) as stranger:
            await owner.login_as_guest()
            await stranger.login_as_guest()
            async with owner.play("Hanoi.v0", reconnects=False) as game:
                with pytest.raises(Refused) as refused:
                    await stranger.ticket(episode_id=game.episode_id, resume_token="guess")
                assert refused.value.status == 404

    asyncio.run(scenario())


def test_an_ended_episode_is_told_as_such_to_one_who_comes_back(server: Server) -> None:
    """LIVE-27."""

    async def scenario() -> None:
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play("Hanoi.v0") as game:
                await game.start()
                await game.quit()
            with pytest.raises(Refused) as refused:
                await until_refused(arcade, game)
            assert (refused.value.status, refused.value.code) == (409, "episode_ended")
            row = await arcade.call("GET", f"/episodes/{game.episode_id}")
            assert row["end_reason"] == "player_quit"

    asyncio.run(scenario())


@pytest.mark.parametrize("key", ["KeyR", "KeyE"], ids=["raises", "calls exit"])
def test_a_game_that_breaks_ends_its_own_episode_with_the_reason(server: Server, key: str) -> None:
    """REC-40."""

    async def scenario() -> None:
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play("Naughty.v0") as game:
                await game.start()
                await game.press(key)
                await game.wait_until(lambda: game.is_over, 10)
                assert game.ended is not None
                assert game.ended.reason == "environment_error"

    asyncio.run(scenario())


def test_a_game_that_kills_its_process_is_given_up_and_its_socket_told(server: Server) -> None:
    """LIVE-70, REC-40."""

    async def scenario() -> None:
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play("Naughty.v0") as game:
                await game.start()
                # Held, so that it acts in the first step after every rebuild: nothing is gained between two deaths.
                await game.press("KeyD")
                with pytest.raises(ConnectionLost, match="4503 session_lost"):
                    await game.wait_until(lambda: False, 30)

    asyncio.run(scenario())


def test_others_play_on_while_clients_misbehave(server: Server) -> None:
    """LIVE-25: the game of a bystander never pauses; it keeps its player, its process, its ticks and every step.

    Those who misbehave play in its own process, where there is a seat for them, and in others. How many ticks a busy
    machine skips meanwhile is not theirs to answer for.
    """

    async def scenario() -> str:
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play("Breakout.v0", reconnects=False) as game:
                await game.start()
                abuses = (["nonsense"], ["x" * 20_000] * 3, [press(1)] * 1000, [act(1, 99)])
                closes = await asyncio.gather(
                    *(playing(server, *sent, game_id="Breakout.v0") for sent in abuses),
                    *(playing(server, *sent) for sent in abuses),
                )
                assert [code for code, _ in closes] == [4400, 4413, 4429, 4422] * 2
                after = game.step
                await game.wait_until(lambda: game.step >= after + 60)
                await game.quit()
                return game.episode_id

    episode_id = asyncio.run(scenario())
    server.await_sealed([episode_id])
    episode = open_dataset(server.data).episode(episode_id)
    events = [event["kind"] for event in episode.events().to_pylist() if event["seq"] is None]
    assert [kind for kind in events if kind != "stall"] == ["start", "quit"]
    steps = episode.steps(["step", "epoch"]).to_pydict()
    assert steps["step"] == list(range(episode.n_steps))
    assert set(steps["epoch"]) == {1}


def test_refusals_are_statuses_with_a_word_and_a_sentence(server: Server) -> None:
    """LIVE-1, LIVE-3."""
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        for answer, status, code in (
            (http.post("/play-tickets", json={"game_id": "Hanoi.v0"}), 401, "login_required"),
            (http.post("/auth/login", json={"nobody": 1}), 422, "bad_request"),
        ):
            body = answer.json()
            assert (answer.status_code, body["code"]) == (status, code)
            assert body["detail"].endswith((".", "!", "?"))
