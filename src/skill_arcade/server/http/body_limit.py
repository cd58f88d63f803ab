"""No request may bring more than a little: what is larger is refused before it is in memory."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skill_arcade.server.http.problems import answer_problem
from skill_arcade.server.http.refusals import TooLarge

MAX_BODY_BYTES = 64 * 1024
"""Far more than any endpoint needs."""


class BodyLimit:
    """Refuses what says that it is too large, and what turns out to be so while it comes (413)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request or socket (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        came = None if _claims_too_much(scope) else await _receive_body(receive)
        if came is None:
            refusal = TooLarge(f"The body of a request has at most {MAX_BODY_BYTES} bytes; this one has more.")
            await answer_problem(refusal)(scope, receive, send)
            return
        waiting = iter(came)

        async def receive_again() -> Message:
            message = next(waiting, None)
            return await receive() if message is None else message

        await self._app(scope, receive_again, send)


def _claims_too_much(scope: Scope) -> bool:
    length = Headers(scope=scope).get("content-length", "")
    return length.isdecimal() and int(length[:20]) > MAX_BODY_BYTES


async def _receive_body(receive: Receive) -> list[Message] | None:
    """The messages of a body, to its end or the client's; None as soon as they are too much."""
    came: list[Message] = []
    n_bytes = 0
    while True:
        message = await receive()
        came.append(message)
        n_bytes += len(message.get("body", b""))
        if n_bytes > MAX_BODY_BYTES:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return came
