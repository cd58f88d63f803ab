"""The headless client against a server that does not keep to LIVE.md."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from skill_arcade.client import LiveGame, ProtocolError
from skill_arcade.wire.limits import SUBPROTOCOL


async def play_against(*said: str | bytes) -> None:
    """Come in where the server answers the hello with this, and wait for more."""

    async def answer(socket: ServerConnection) -> None:
        await socket.recv()
        for message in said:
            await socket.send(message)
        await socket.wait_closed()

    async with serve(answer, "127.0.0.1", 0, subprotocols=[Subprotocol(SUBPROTOCOL)]) as server:
        port = server.sockets[0].getsockname()[1]
        async with LiveGame(f"ws://127.0.0.1:{port}/ws/Some.v0?token=x") as game:
            await game.next_picture()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (b"", "The server sent an empty binary message, which is neither a picture nor sound."),
        (b"\x01", "The server sent a picture that cannot be read: not a picture message."),
        ("{", "The server sent a text message that cannot be read: "),
        ('{"type": "welcome"}', "The server sent a text message that cannot be read: "),
    ],
)
def test_what_is_no_message_is_the_servers_fault_in_one_sentence(said: str | bytes, sentence: str) -> None:
    """LIVE-10."""
    with pytest.raises(ProtocolError) as caught:
        asyncio.run(play_against(said))
    assert str(caught.value).startswith(sentence)
    assert str(caught.value).endswith(".")


def test_a_binary_message_of_tomorrow_is_passed_over() -> None:
    """LIVE-11: what is told is the fault that comes after it."""
    with pytest.raises(ProtocolError, match="an empty binary message"):
        asyncio.run(play_against(b"\xc8 whatever", b""))
