"""Whether games can be played here now; for load balancers and people."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from skill_arcade import __version__
from skill_arcade.domain.errors import DataFolderError, SkillArcadeError
from skill_arcade.server.http.dependencies import ServicesHere
from skill_arcade.server.services import Services
from skill_arcade.server.status_board import StatusBoard

router = APIRouter(tags=["health"])

logger = logging.getLogger(__name__)


class Health(BaseModel):
    """What works; a part that does not is described by one sentence."""

    ok: bool
    version: str
    n_sessions: int | None = Field(description="Episodes that are being played; null when nobody can tell.")
    problems: list[str]


@router.get("/healthz", responses={503: {"model": Health, "description": "Games cannot be played now."}})
def read_health(services: ServicesHere, request: Request, response: Response) -> Health:
    """200 when games can be played: database, data folder and supervisor answer, and journals leave for the store."""
    problems = _list_faults(request.app.state.board)
    n_sessions = _count_sessions(services, problems)
    for check, sentence in _CHECKS:
        try:
            check(services)
        except SkillArcadeError:
            # The log says where; whoever asks need not know our paths.
            logger.exception("the server is not healthy")
            problems.append(sentence)
    if problems:
        response.status_code = 503
    return Health(ok=not problems, version=__version__, n_sessions=n_sessions, problems=problems)


def _list_faults(board: StatusBoard | None) -> list[str]:
    """What will not mend itself: another server that uses a copy of this data folder, say."""
    if board is None or not board.read().get("shipper", {}).get("fault"):
        return []
    return ["Journals do not leave for the store any more: the log says why."]


def _count_sessions(services: Services, problems: list[str]) -> int | None:
    try:
        return services.control.capacity().n_sessions
    except SkillArcadeError as error:
        problems.append(str(error))
        return None


def _check_database(services: Services) -> None:
    with services.database.read() as session:
        if not session.is_alive():
            raise DataFolderError("The database gives wrong answers.")


def _check_folder(services: Services) -> None:
    services.folder.check_writable()


_CHECKS: Final[tuple[tuple[Callable[[Services], None], str], ...]] = (
    (_check_database, "The database does not answer."),
    (_check_folder, "The data folder cannot be written."),
)
