"""An answer's body that is packed (gzip) once, or in the thread that made it: never on the event loop.

The loop also passes on sixty pictures a second for each player; packing half a megabyte there would be a stall for all.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass

from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.responses import Response

_LEVEL = 6
_WORTH_BYTES = 1024
"""What is smaller fits into one packet or two as it is."""

_PACKS_WELL = ("text/", "application/json", "application/javascript", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class PackedBody:
    """A body, as it is and packed.

    Attributes:
        plain: as it is.
        packed: with gzip; None where that is not worth it.
        media_type: what it is.
        etag: names this content; the same for both forms, and therefore a weak one.
    """

    plain: bytes
    packed: bytes | None
    media_type: str
    etag: str

    @staticmethod
    def make(plain: bytes, media_type: str = "application/json") -> PackedBody:
        """Pack."""
        packed = None
        if len(plain) >= _WORTH_BYTES and media_type.startswith(_PACKS_WELL):
            packed = gzip.compress(plain, _LEVEL, mtime=0)
        digest = hashlib.blake2b(plain, digest_size=12).hexdigest()
        return PackedBody(plain, packed, media_type, f'W/"{digest}"')

    def answer(self, asked: Headers, caching: str = "no-cache") -> Response:
        """The answer to a request.

        Args:
            asked: the request's headers: what it accepts, what it has already.
            caching: the header Cache-Control; by default others keep the body and ask each time whether it is good.
        """
        headers = {"Cache-Control": caching, "ETag": self.etag, "Vary": "Accept-Encoding"}
        if _has_already(asked, self.etag):
            return Response(status_code=304, headers=headers)
        if self.packed is not None and _accepts_gzip(asked):
            return Response(self.packed, media_type=self.media_type, headers={**headers, "Content-Encoding": "gzip"})
        return Response(self.plain, media_type=self.media_type, headers=headers)


def answer_json(model: BaseModel, asked: Headers) -> Response:
    """An answer that nobody keeps; for endpoints in threads whose answers may be long."""
    return PackedBody.make(model.model_dump_json(by_alias=True).encode()).answer(asked, "no-store")


def _has_already(asked: Headers, etag: str) -> bool:
    known = asked.get("if-none-match", "")
    return known == "*" or etag.removeprefix("W/") in [each.strip().removeprefix("W/") for each in known.split(",")]


def _accepts_gzip(asked: Headers) -> bool:
    for each in asked.get("accept-encoding", "").lower().split(","):
        name, _, quality = each.partition(";")
        if name.strip() == "gzip":
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
