"""One line for each request; never a query string, a header or a body, so no token either."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger("skill_arcade.access")


class AccessLog:
    """Logs method, path, status and milliseconds; for a socket, that it was opened."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request or socket (ASGI)."""
        if scope["type"] == "websocket":
            logger.info("WS %s", scope["path"])
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_at_s = time.monotonic()
        status = 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            took_ms = (time.monotonic() - began_at_s) * 1000
            logger.info("%s %s %d %.1f ms", scope["method"], scope["path"], status, took_ms)
