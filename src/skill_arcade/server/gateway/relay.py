"""One player's socket, joined to the session of its episode; to a new session when that one dies."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from pathlib import Path

from starlette.websockets import WebSocket, WebSocketDisconnect

from skill_arcade.server.gateway.bucket import TokenBucket
from skill_arcade.sessions.control import ControlClient, EpisodeOver, SessionFailed, SupervisorAway
from skill_arcade.sessions.spec import SessionSpec
from skill_arcade.wire.closes import Close, format_reason
from skill_arcade.wire.from_server import Notice, encode_server_message
from skill_arcade.wire.limits import HELLO_TIMEOUT_S, MESSAGES_PER_S
from skill_arcade.wire.local import LocalKind, LocalMessage, LocalReader, encode_local, parse_close

log = logging.getLogger(__name__)

# Small on purpose: what waits here is late by the time it is shown.
_READ_LIMIT_BYTES = 32_768

_NOTICE_S = 0.05

_MAX_WAITING_BYTES = 256 * 1024
"""What may wait for a session that does not read; a client that sends more is closed with 4429."""

_REBUILDING = encode_server_message(
    Notice(code="rebuilding", text="Your game had a hiccup and is being put back; nothing is lost.")
).decode()


@dataclass(frozen=True, slots=True)
class Closing:
    """How the player's socket is to be closed."""

    close: int
    reason: str

    @classmethod
    def of(cls, close: Close, sentence: str = "") -> Closing:
        """A close of the table, with a sentence for a person."""
        return cls(close, format_reason(close, sentence))


class Relay:
    """Passes messages both ways until either side ends."""

    def __init__(
        self,
        websocket: WebSocket,
        spec: SessionSpec,
        session_socket: Path,
        resume_token: str,
        control: ControlClient,
    ) -> None:
        self._websocket = websocket
        self._spec = spec
        self._session_socket = session_socket
        self._resume_token = resume_token
        self._control = control
        self._hello: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._session: asyncio.StreamWriter | None = None
        self._was_welcomed = False
        # What a client says before its first session is there, at most _MAX_WAITING_BYTES; None once there was one.
        self._early: list[bytes] | None = []

    async def run(self) -> Closing | None:
        """Until the end; how to close the socket, or None if the client has closed it."""
        uplink = asyncio.create_task(self._read_client())
        downlink = asyncio.create_task(self._follow_sessions())
        done, pending = await asyncio.wait({uplink, downlink}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        if self._session is not None:
            self._session.close()
        # A close that the session sent is the truer one when both ended at once.
        return (downlink if downlink in done else uplink).result()

    # --- client to session ---

    async def _read_client(self) -> Closing | None:
        loop = asyncio.get_running_loop()
        bucket = TokenBucket(loop.time())
        while True:
            message = await self._websocket.receive()
            if message["type"] != "websocket.receive":
                return None
            if not bucket.take(loop.time()):
                return Closing.of(Close.TOO_MANY_MESSAGES, f"at most {MESSAGES_PER_S} messages a second are taken")
            text = message.get("text")
            if text is None:
                return Closing.of(Close.MALFORMED, "a client sends text messages only")
            if not self._pass_to_session(text.encode("utf-8", "surrogatepass")):
                return Closing.of(Close.TOO_MANY_MESSAGES, "more came than the game can take at the moment")

    def _pass_to_session(self, body: bytes) -> bool:
        """Pass a message on; False when more waits than may.

        While a dead session is being replaced messages are dropped: the new one welcomes the client anew (LIVE-36).
        """
        session = self._session
        if not self._hello.done():
            self._hello.set_result(body)
        elif session is not None:
            if not session.is_closing():  # it ended this moment; uvloop raises on a write after that
                session.write(encode_local(LocalKind.TEXT, body))
            return session.transport.get_write_buffer_size() <= _MAX_WAITING_BYTES
        elif self._early is not None:
            self._early.append(body)
            return sum(map(len, self._early)) <= _MAX_WAITING_BYTES
        return True

    # --- session to client ---

    async def _follow_sessions(self) -> Closing:
        try:
            # Not `wait_for`: before Python 3.12 it swallows a cancellation that comes together with the result.
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                hello = await asyncio.shield(self._hello)
        except TimeoutError:
            return Closing.of(Close.NO_HELLO, f"no hello came within {HELLO_TIMEOUT_S:.0f} seconds")
        while True:
            try:
                await self._control.ensure(self._spec)
                closing = await self._follow_session(hello)
                if closing is not None:
                    return closing
                log.info("the session of %s is gone; asking for another", self._spec.episode_id)
                await self._websocket.send_text(_REBUILDING)
            except EpisodeOver as over:
                await self._websocket.send_text(encode_server_message(over.ended).decode())
                return Closing.of(Close.ENDED, str(over))
            except SessionFailed as error:
                return Closing.of(Close.SESSION_LOST, str(error))
            except SupervisorAway as error:
                return Closing.of(Close.RESTARTING, str(error))
            except (WebSocketDisconnect, RuntimeError):
                # The client has left; nobody is there to read a close.
                return Closing.of(Close.GOING_AWAY)

    async def _follow_session(self, hello: bytes) -> Closing | None:
        """Attach to the session and pass on what it sends; its close, or None when it died."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._session_socket), limit=_READ_LIMIT_BYTES)
        except OSError:
            # It died a moment ago, and the supervisor is about to notice.
            await asyncio.sleep(_NOTICE_S)
            return None
        attach = json.dumps({"resume_token": self._resume_token, "reattached": self._was_welcomed}).encode()
        try:
            early, self._early = self._early or [], None
            writer.write(encode_local(LocalKind.ATTACH, attach))
            writer.writelines(encode_local(LocalKind.TEXT, body) for body in (hello, *early))
            self._session = writer
            return await self._pass_to_client(reader)
        except ConnectionError:
            return None
        finally:
            self._session = None
            writer.close()

    async def _pass_to_client(self, reader: asyncio.StreamReader) -> Closing | None:
        local = LocalReader()
        while data := await reader.read(_READ_LIMIT_BYTES):
            for message in local.feed(data):
                closing = await self._pass_message(message)
                if closing is not None:
                    return closing
        return None

    async def _pass_message(self, message: LocalMessage) -> Closing | None:
        if message.kind is LocalKind.BINARY:
            await self._websocket.send({"type": "websocket.send", "bytes": message.body})
        elif message.kind is LocalKind.TEXT:
            self._was_welcomed = True  # a session's first word is its welcome
            await self._websocket.send({"type": "websocket.send", "text": message.body.decode()})
        elif message.kind is LocalKind.CLOSE:
            return Closing(*parse_close(message.body))
        return None
