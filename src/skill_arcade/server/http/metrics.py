"""What Prometheus reads, for those who have the token."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request, Response
from pydantic import SecretStr

from skill_arcade.domain.errors import LoginRequired
from skill_arcade.server.http.refusals import NothingHere
from skill_arcade.server.metrics.exposition import Exposition

_SCHEME = "bearer"


def metrics_router(token: SecretStr | None, exposition: Exposition) -> APIRouter:
    """The router with the one route of metrics.

    Args:
        token: what has to be sent; without one, or with an empty one, there is nothing at this address.
        exposition: what to tell.
    """
    router = APIRouter()

    # Not described: it is for programs that know it, and not of the players' API.
    @router.get("/metrics", include_in_schema=False)
    def read_metrics(request: Request) -> Response:
        if token is None or not token.get_secret_value():
            raise NothingHere("There is nothing at this address.")
        if not _has_token(request.headers.get("authorization", ""), token.get_secret_value()):
            raise LoginRequired(
                "This needs `Authorization: Bearer <token>`, with the one of SKILL_ARCADE_METRICS_TOKEN."
            )
        content, media_type = exposition.render(request.headers.get("accept", ""))
        return Response(content, headers={"Content-Type": media_type})

    return router


def _has_token(authorization: str, token: str) -> bool:
    scheme, _, sent = authorization.partition(" ")
    # As bytes: a header may hold more than ASCII. In a time that tells nothing of how much of it is right.
    return scheme.lower() == _SCHEME and secrets.compare_digest(sent.strip().encode(), token.encode())
