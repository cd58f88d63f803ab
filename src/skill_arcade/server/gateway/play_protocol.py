"""uvicorn's WebSocket, made to be given away: after the handshake not a byte is read here.

What the client says stays in the kernel until somebody reads it by another descriptor of the same socket.
"""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

from starlette.websockets import WebSocket
from typing_extensions import override
from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

_EXTENSION = "skill_arcade.play_protocol"
_LOOK_INTERVAL_S = 0.001


class PlayProtocol(WebSocketsSansIOProtocol):
    """One connection, from its handshake to its close or until it is given away."""

    _word: asyncio.Future[None] | None = None
    """Done when the client has said something, or the connection is lost."""

    @override
    def handle_connect(self, event: Request) -> None:
        """The handshake has come; a client says nothing more before it is answered (RFC 6455, 4.1)."""
        # uvicorn does the same while the application is busy, and so it reads again when it closes.
        self.read_paused = True
        self.transport.pause_reading()
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[_EXTENSION] = self

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits for a word any more: the server stops, or the client is gone."""
        super().connection_lost(exc)
        self._end_wait()

    def _end_wait(self) -> None:
        if self._word is not None and not self._word.done():
            self._word.set_result(None)

    @override
    async def receive(self) -> ASGIReceiveEvent:
        """Of a connection that is not read only the beginning and the end can be told."""
        return await self.queue.get()

    @classmethod
    def of(cls, websocket: WebSocket) -> PlayProtocol:
        """The protocol below a socket."""
        protocol = websocket.scope["extensions"][_EXTENSION]
        assert isinstance(protocol, cls)
        return protocol

    async def await_word(self) -> None:
        """Return when the client has said something, which is not read.

        Raises:
            ConnectionError: it has left, or the server stops.
        """
        loop = asyncio.get_running_loop()
        self._word = loop.create_future()
        # Of its own, since the loop lets nobody watch a descriptor that it watches itself.
        with socket.socket(fileno=await self.duplicate()) as watched:
            loop.add_reader(watched, self._end_wait)
            try:
                await self._word
            finally:
                loop.remove_reader(watched)
            if self.disconnected or not watched.recv(1, socket.MSG_PEEK):
                raise ConnectionError("the client has left")

    async def duplicate(self) -> int:
        """Another descriptor of the socket, for the caller to close. Nothing may be sent here once it is used.

        Raises:
            ConnectionError: the client has left.
        """
        # What was said so far goes first; no event tells when it has gone.
        while self.transport.get_write_buffer_size() and not self.transport.is_closing():  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_INTERVAL_S)
        if self.transport.is_closing():
            raise ConnectionError("the client has left")
        return os.dup(self.transport.get_extra_info("socket").fileno())

    def let_go(self) -> None:
        """Forget the socket without a goodbye: the connection lives on by its other descriptor."""
        self.transport.abort()
