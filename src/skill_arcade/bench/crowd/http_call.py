"""One HTTP call on the crowd's own loop and a connection of its own: of many who ask at once none waits for another."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from skill_arcade.bench.crowd.connection import Connection
from skill_arcade.bench.crowd.event_loop import EventLoop


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: of HTTP; 0 where nobody answered.
        retry_after_s: seconds after which to ask again; None where that is not said.
        body: the JSON object.
    """

    status: int = 0
    retry_after_s: float | None = None
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The word of LIVE-3; empty where there is none."""
        return str(self.body.get("code", ""))


class HttpCall:
    """Asks once, and tells the answer."""

    def __init__(
        self,
        loop: EventLoop,
        url: str,
        method: str,
        path: str,
        tell: Callable[[Answer], None],
        *,
        token: str | None = None,
        body: Mapping[str, object] | None = None,
    ) -> None:
        """Ask.

        Args:
            loop: that calls `tell`.
            url: of the server, `http://host:port`.
            method: of HTTP.
            path: what is asked for.
            tell: told the answer, once.
            token: of a login.
            body: sent as JSON.
        """
        parts = urlsplit(url)
        content = b"" if body is None else json.dumps(body).encode()
        login = f"Authorization: Bearer {token}\r\n" if token else ""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n{login}"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self._request = head.encode() + content
        self._tell = tell
        self._received = b""
        self._connection = Connection(loop, (parts.hostname or "", parts.port or 80), self)

    def connected(self) -> None:
        """Ask."""
        self._connection.send(self._request)

    def take(self, data: bytes, came_us: int) -> None:
        """Keep what came; the server closes behind its answer."""
        self._received += data

    def lost(self) -> None:
        """The answer is there, or none will come."""
        self._tell(parse_answer(self._received))


def parse_answer(received: bytes) -> Answer:
    """Read a whole answer; one that was cut off is none."""
    head, _, content = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if not first.startswith("HTTP/1.1 ") or int(fields.get("content-length", -1)) != len(content):
        return Answer()
    retry_after = fields.get("retry-after")
    return Answer(int(first.split()[1]), None if retry_after is None else float(retry_after), json.loads(content))
