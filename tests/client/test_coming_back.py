"""The headless client on its way back into a game, to whichever server answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.client.said import picture, state, welcome
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from skill_arcade.client import ArcadeClient, ConnectionLost, LiveGame, Refused
from skill_arcade.client import game as game_module
from skill_arcade.client.game import Later, Reticket
from skill_arcade.wire.frame import encode_frame
from skill_arcade.wire.from_client import FromClient, Hello, Input, Resend, Resume, parse_client_message
from skill_arcade.wire.from_server import State, Welcome, encode_server_message
from skill_arcade.wire.limits import SUBPROTOCOL

PATIENCE_S = 20.0

Play = Callable[["Table"], Awaitable[None]]


class Table:
    """One connection, seen from the server."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket

    async def hear(self, *kinds: type[FromClient]) -> Any:
        """The next message of these kinds; all others are passed over."""
        while True:
            text = await self.socket.recv()
            message = parse_client_message(text if isinstance(text, bytes) else text.encode())
            if isinstance(message, kinds):
                return message

    async def greet(self, step: int = 0, last_input_seq: int = 0) -> None:
        """Answer the hello."""
        await self.hear(Hello)
        await self.tell(welcome(step, last_input_seq))
        await self.socket.send(encode_frame(picture(step, last_input_seq)))

    async def tell(self, message: Welcome | State) -> None:
        await self.socket.send(encode_server_message(message).decode())


@asynccontextmanager
async def playing(
    *plays: Play,
    reticket: Callable[[str], Reticket] | None = None,
    sleep: Callable[[float], Awaitable[None]] | None = None,
    keys: frozenset[str] | None = None,
) -> AsyncIterator[LiveGame]:
    """A game in which each connection is answered by the next of these; after the last, sockets stay open."""
    waiting = list(plays)

    async def answer(socket: ServerConnection) -> None:
        if waiting:
            await waiting.pop(0)(Table(socket))
        else:
            await socket.wait_closed()

    async with serve(answer, "127.0.0.1", 0, subprotocols=[Subprotocol(SUBPROTOCOL)]) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws/Some.v0?token=x"

        async def again(_episode_id: str, _resume_token: str) -> str:
            return url

        game = LiveGame(
            url, reticket=reticket(url) if reticket else again, keys=keys, sleep=sleep or (lambda _: asyncio.sleep(0))
        )
        async with asyncio.timeout(PATIENCE_S), game:
            yield game


async def begin(table: Table) -> None:
    """A game that runs and is lost with its machine: no word of goodbye."""
    await table.greet()
    await table.tell(state("running", 0))
    await table.hear(Input)
    await table.socket.send(encode_frame(picture(60, 1)))
    table.socket.transport.abort()


def test_a_server_that_has_less_of_the_game_is_offered_what_it_lacks() -> None:
    """LIVE-36, LIVE-70, LIVE-71."""
    offers: list[Resend] = []

    async def take_over(table: Table) -> None:
        await table.greet()
        offers.append(await table.hear(Resend))
        await table.tell(state("paused", 0))
        await table.hear(Resume)
        await table.tell(state("running", 60))
        await table.socket.wait_closed()

    async def scenario() -> None:
        async with playing(begin, take_over) as game:
            await game.wait_until(lambda: game.state == "running")
            await game.press("KeyA")
            await game.wait_until(lambda: game.progress.state is not None and game.progress.state.step == 60)
            assert game.n_reconnects == 1

    asyncio.run(scenario())
    (offer,) = offers
    assert (offer.last_step, [(each.seq, each.applied_step) for each in offer.inputs]) == (60, [(1, 59)])


def test_it_waits_as_long_as_the_server_asks_and_takes_its_answers_for_one_way_back() -> None:
    """LIVE-3, LIVE-70."""
    slept: list[float] = []

    async def note(seconds: float) -> None:
        slept.append(seconds)

    def refuse_twice(url: str) -> Reticket:
        answers: list[str | Later] = [Later(7.0), Later(), url, url]

        async def ask(_episode_id: str, _resume_token: str) -> str | Later:
            return answers.pop(0)

        return ask

    async def send_away(table: Table) -> None:
        await table.hear(Hello)
        await table.socket.close(4401, "ticket_refused")

    async def take_over(table: Table) -> None:
        await table.greet(60, 1)
        await table.tell(state("paused", 60))
        await table.socket.wait_closed()

    async def scenario() -> None:
        async with playing(begin, send_away, take_over, reticket=refuse_twice, sleep=note) as game:
            await game.wait_until(lambda: game.state == "running")
            await game.press("KeyA")
            await game.wait_until(lambda: game.state == "paused")

    asyncio.run(scenario())
    # A ticket that another server refuses is one more attempt, not the first of a new series.
    assert slept == [0.0, 7.0, 0.3, 1.0]


def test_who_never_gets_back_is_told_so_in_the_end() -> None:
    """LIVE-70."""

    def refuse(_url: str) -> Reticket:
        async def ask(_episode_id: str, _resume_token: str) -> Later:
            return Later()

        return ask

    async def scenario() -> None:
        async with playing(begin, reticket=refuse) as game:
            await game.wait_until(lambda: game.state == "running")
            await game.press("KeyA")
            with pytest.raises(ConnectionLost, match="1006"):
                await game.wait_until(lambda: False)

    asyncio.run(scenario())


def test_a_machine_that_falls_silent_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """LIVE-71: one that was switched off does not say so."""
    monkeypatch.setattr(game_module, "_PING_INTERVAL_S", 0.05)
    monkeypatch.setattr(game_module, "_SILENCE_LIMIT_S", 0.3)

    async def fall_silent(table: Table) -> None:
        await table.greet()
        await table.tell(state("running", 0))
        await table.socket.wait_closed()

    async def take_over(table: Table) -> None:
        await table.greet()
        await table.hear(Resend)
        await table.tell(state("paused", 0))
        await table.socket.wait_closed()

    async def scenario() -> None:
        async with playing(fall_silent, take_over) as game:
            await game.wait_until(lambda: game.state == "paused")

    asyncio.run(scenario())


def test_many_inputs_are_sent_again_before_anything_else_and_no_faster_than_a_server_bears() -> None:
    """LIVE-13, LIVE-30, LIVE-36."""
    n_inputs = 60 * 250
    heard: list[FromClient] = []
    rests: list[float] = []
    resting, pressed = asyncio.Event(), asyncio.Event()

    async def rest(seconds: float) -> None:
        rests.append(seconds)
        if seconds > 0:
            resting.set()
            await pressed.wait()

    async def begin_slowly(table: Table) -> None:
        await table.greet()
        await table.tell(state("running", 0))
        for _ in range(n_inputs):
            await table.hear(Input)
        table.socket.transport.abort()

    async def take_over(table: Table) -> None:
        await table.greet()
        await table.tell(state("paused", 0))
        while not heard or not isinstance(heard[-1], Resume):
            heard.append(await table.hear(Resend, Resume, Input))
        await table.tell(state("running", 1))
        await table.socket.wait_closed()

    async def scenario() -> None:
        async with playing(begin_slowly, take_over, sleep=rest) as game:
            await game.wait_until(lambda: game.state == "running")
            for number in range(n_inputs):
                await (game.press("KeyA") if number % 2 == 0 else game.release("KeyA"))
            await resting.wait()
            await game.press("KeyB")
            pressed.set()
            await game.wait_until(lambda: game.progress.state is not None and game.progress.state.step == 1)

    asyncio.run(scenario())
    resends = [each for each in heard if isinstance(each, Resend)]
    assert heard[:-1] == resends
    # The key that was pressed meanwhile came with them: no number is missing.
    assert [each.seq for resend in resends for each in resend.inputs] == list(range(1, n_inputs + 2))
    assert rests == [0.0, 0.4]
    assert len(resends) == 251


def test_a_key_that_the_game_does_not_have_is_an_error_that_names_those_it_has() -> None:
    async def scenario() -> None:
        async with playing(begin, keys=frozenset({"Space", "ArrowLeft"})) as game:
            with pytest.raises(ValueError, match=r"^This game has no key 'Sapce'\. Its keys.*: ArrowLeft, Space\.$"):
                await game.press("Sapce")
            with pytest.raises(ValueError, match="no key 'KeyQ'"):
                await game.tap("KeyQ")
            assert not game.progress.held
            assert len(game.progress.kept) == 0
            await game.press("Space")
            assert game.progress.held == ("Space",)

    asyncio.run(scenario())


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[ArcadeClient]:
    """A client of something that answers every request alike."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    async with server, ArcadeClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as arcade:
        yield arcade


def http_answer(status: str, body: bytes, *headers: str) -> bytes:
    """As it goes over the wire."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


FULL = b'{"code": "at_capacity", "detail": "All places are taken."}'


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (http_answer("503 Busy", FULL, "Retry-After: 9"), (503, "at_capacity", "All places are taken.", 9.0)),
        (
            http_answer("502 Bad Gateway", b"<h1>No</h1>"),
            (502, "unexpected", "The server answered with status 502.", None),
        ),
        (
            http_answer("503 Busy", b"[]", "Retry-After: Mon, 23 Nov 2026 20:00:00 GMT"),
            (503, "unexpected", "The server answered with status 503.", None),
        ),
        (http_answer("200 OK", b"<h1>Hi</h1>"), (200, "unexpected", "The server answered with status 200.", None)),
    ],
)
def test_what_no_server_of_games_says_is_a_refusal_too(answer: bytes, told: tuple[Any, ...]) -> None:
    """LIVE-3."""

    async def scenario() -> Refused:
        async with answering(answer) as arcade:
            with pytest.raises(Refused) as refused:
                await arcade.ticket(game_id="Some.v0")
            return refused.value

    refused = asyncio.run(scenario())
    assert (refused.status, refused.code, refused.detail, refused.retry_after_s) == told
