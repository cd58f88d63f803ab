"""Which pages may talk to the server, and under which names it may be reached."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

METRICS_PATH = "/metrics"
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def is_allowed_origin(origin: str | None, host: str | None, allowed_origins: Collection[str]) -> bool:
    """Whether a page from this origin may use a server that it reaches as `host`.

    Args:
        origin: the header `Origin`; None when there is none, which a browser's page cannot bring about.
        host: the header `Host`.
        allowed_origins: others than the server's own, in lower case, like `https://example.org`.
    """
    if origin is None:
        return True
    origin = origin.lower()
    if origin in allowed_origins:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:  # `http://[x`
        return False
    # The scheme is not compared: behind a proxy that ends TLS the server sees http where the browser sees
    # https.
    return (
        bool(host)
        and parts.scheme in {"http", "https"}
        and _without_default_port(parts.scheme, host) == (_without_default_port(parts.scheme, parts.netloc))
    )


def _without_default_port(scheme: str, netloc: str | None) -> str:
    return (netloc or "").lower().removesuffix(f":{_DEFAULT_PORTS[scheme]}")


class OriginGuard:
    """Refuses what comes from other people's pages, with HTTP 403, before anything else looks at it (LIVE-5).

    A server that only this machine can reach also refuses names that are not this machine's: a page whose
    name was made to point here (DNS rebinding) would otherwise count as our own. This machine's own names are
    always allowed: no foreign page can have them.

    Metrics are told under any name: Prometheus comes by a number, and no page has their token.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        is_local: bool,
        allowed_hosts: Collection[str],
        allowed_origins: Collection[str],
    ) -> None:
        self._app = app
        self._hosts = frozenset(allowed_hosts) | _LOOPBACK_NAMES
        self._checks_host = is_local or bool(allowed_hosts)
        self._origins = frozenset(allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request or socket (ASGI)."""
        if scope["type"] in {"http", "websocket"} and (fault := self._find_fault(scope["path"], Headers(scope=scope))):
            await _refuse(fault, scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _find_fault(self, path: str, headers: Headers) -> str | None:
        host = headers.get("host")
        if self._checks_host and path != METRICS_PATH and _name_of(host) not in self._hosts:
            return "This server is not known by this name: see the setting SKILL_ARCADE_ALLOWED_HOSTS."
        if not is_allowed_origin(headers.get("origin"), host, self._origins):
            return "This page may not use this server: see the setting SKILL_ARCADE_ALLOWED_ORIGINS."
        return None


def _name_of(host: str | None) -> str:
    name = (host or "").lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0]


async def _refuse(fault: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": ""})  # before accepting: HTTP 403
        return
    await JSONResponse({"code": "not_allowed", "detail": fault}, 403)(scope, receive, send)
