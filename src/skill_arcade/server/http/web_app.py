"""The web app's files, and its one page for every address that a browser opens."""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

STATIC = Path(__file__).parents[1] / "static"

_ONE_YEAR_S = 31_536_000
_NEVER_PAGES = (".png", ".json", ".npy")
_MISSING_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Skill Arcade</title>
<body><h1>The web app is not built</h1>
<p>The server runs, but its pages were not built. Run <code>make run</code>, or install a released wheel,
which has them inside.</p></body></html>
"""


class WebApp:
    """Serves the built web app around the API.

    A page and an endpoint may share an address (`/games`): a browser that opens a page asks for HTML, and
    gets the app; a program does not, and gets the endpoint.
    """

    def __init__(self, app: ASGIApp, *, static: Path = STATIC) -> None:
        self._app = app
        self._static = static.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request or socket (ASGI)."""
        answer = self._find_answer(scope) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    def _find_answer(self, scope: Scope) -> Response | None:
        if scope["method"] not in {"GET", "HEAD"}:
            return None
        path: str = scope["path"]
        if (file := self._find_file(path)) is not None:
            # Vite puts a hash of the content into the names of what lies in assets/.
            is_hashed = path.startswith("/assets/")
            caching = f"public, max-age={_ONE_YEAR_S}, immutable" if is_hashed else "no-cache"
            return FileResponse(file, headers={"Cache-Control": caching})
        if path != "/" and not _is_page(path, Headers(scope=scope)):
            return None
        index = self._static / "index.html"
        if not index.is_file():
            return HTMLResponse(_MISSING_PAGE, 503)
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    def _find_file(self, path: str) -> Path | None:
        """The file at this path inside the build; None where there is none, or the path leads out of it."""
        if path == "/" or "\0" in path:
            return None
        file = (self._static / path.lstrip("/")).resolve()
        return file if file.is_relative_to(self._static) and file.is_file() else None


def _is_page(path: str, headers: Headers) -> bool:
    """Whether a browser wants to open this address, not a program to read it."""
    return "text/html" in headers.get("accept", "") and not path.endswith(_NEVER_PAGES)
