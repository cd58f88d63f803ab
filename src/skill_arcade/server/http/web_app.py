"""The web app's files, and its one page for every address that a browser opens."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from skill_arcade.server.http.packed_body import PackedBody

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
        self._files = _KeptFiles()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request or socket (ASGI)."""
        answer = await self._find_answer(scope) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    async def _find_answer(self, scope: Scope) -> Response | None:
        if scope["method"] not in {"GET", "HEAD"}:
            return None
        path: str = scope["path"]
        asked = Headers(scope=scope)
        if (file := self._find_file(path)) is not None:
            # Vite puts a hash of the content into the names of what lies in assets/.
            is_hashed = path.startswith("/assets/")
            caching = f"public, max-age={_ONE_YEAR_S}, immutable" if is_hashed else "no-cache"
            return (await self._files.read(file)).answer(asked, caching)
        if path != "/" and not _is_page(path, asked):
            return None
        index = self._static / "index.html"
        if not index.is_file():
            return HTMLResponse(_MISSING_PAGE, 503)
        return (await self._files.read(index)).answer(asked)

    def _find_file(self, path: str) -> Path | None:
        """The file at this path inside the build; None where there is none, or the path leads out of it."""
        if path == "/" or "\0" in path:
            return None
        try:
            file = (self._static / path.lstrip("/")).resolve()
            return file if file.is_relative_to(self._static) and file.is_file() else None
        except OSError:  # no file has so long a name
            return None


class _KeptFiles:
    """The files of one build, less than a megabyte: read and packed when they are first asked for, and kept.

    A build that is made while the server runs counts at once.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[Path, int, int], PackedBody] = {}

    async def read(self, file: Path) -> PackedBody:
        """The file as it is now."""
        version = _version_of(file)
        if version not in self._kept:
            self._kept[version] = await to_thread.run_sync(_pack, file)
        return self._kept[version]


def _version_of(file: Path) -> tuple[Path, int, int]:
    facts = file.stat()
    return file, facts.st_mtime_ns, facts.st_size


def _pack(file: Path) -> PackedBody:
    return PackedBody.make(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream")


def _is_page(path: str, headers: Headers) -> bool:
    """Whether a browser wants to open this address, not a program to read it."""
    return "text/html" in headers.get("accept", "") and not path.endswith(_NEVER_PAGES)
