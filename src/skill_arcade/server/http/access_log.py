"""One line for each request; never a query string, a header or a body, so no token either. Refusals are counted."""

from __future__ import annotations

import json
import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skill_arcade.server.http.refusal_counts import OTHER, RefusalCounts
from skill_arcade.wire.closes import Close

logger = logging.getLogger("skill_arcade.access")

_REFUSED_FROM = 400
_ORDERLY = frozenset({Close.ENDED, Close.GOING_AWAY})


class AccessLog:
    """Logs method, path, status and milliseconds; for a socket, that it was opened.

    What is refused is counted as its client is told it, whichever part of the server it was that refused.
    """

    def __init__(self, app: ASGIApp, refusals: RefusalCounts | None = None) -> None:
        self._app = app
        self._refusals = refusals or RefusalCounts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request or socket (ASGI)."""
        match scope["type"]:
            case "http":
                await self._follow_request(scope, receive, send)
            case "websocket":
                logger.info("WS %s", scope["path"])
                await self._follow_socket(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _follow_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began_at_s = time.monotonic()
        status, n_parts = 500, 0

        async def note_answer(message: Message) -> None:
            nonlocal status, n_parts
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                n_parts += 1
                if status >= _REFUSED_FROM and n_parts == 1:
                    self._refusals.note(_read_code(message.get("body", b"")))
            await send(message)

        try:
            await self._app(scope, receive, note_answer)
        except Exception:
            if n_parts == 0:
                # Around this middleware there is one more, which answers for it.
                self._refusals.note("internal")
            raise
        finally:
            took_ms = (time.monotonic() - began_at_s) * 1000
            logger.info("%s %s %d %.1f ms", scope["method"], scope["path"], status, took_ms)

    async def _follow_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def note_close(message: Message) -> None:
            if message["type"] == "websocket.close" and message.get("code", Close.ENDED) not in _ORDERLY:
                self._refusals.note_close(message["code"])
            await send(message)

        await self._app(scope, receive, note_close)


def _read_code(body: bytes) -> str:
    """The word for programs in an error's body (LIVE-3)."""
    try:
        return str(json.loads(body)["code"])
    except (ValueError, KeyError, TypeError):
        return OTHER
