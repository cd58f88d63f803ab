"""The one table from errors to HTTP answers; every error body is `{code, detail}` (LIVE-3)."""

from __future__ import annotations

import logging
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from skill_arcade.domain import errors
from skill_arcade.server.away import AWAY, RETRY_AFTER_AWAY_S
from skill_arcade.server.http import refusals

logger = logging.getLogger(__name__)

RETRY_AFTER_STORAGE_S = 60


class Problem(BaseModel):
    """Every error's body."""

    code: str = Field(description="One word for programs; the reference lists them all.")
    detail: str = Field(description="One sentence for a person.")


PROBLEMS: Final[dict[type[errors.SkillArcadeError], tuple[int, str]]] = {
    refusals.BadRequest: (422, "bad_request"),
    refusals.EpisodeEnded: (409, "episode_ended"),
    refusals.EpisodeInUse: (409, "episode_in_use"),
    refusals.NothingHere: (404, "not_found"),
    refusals.WrongMethod: (405, "method_not_allowed"),
    refusals.TooLarge: (413, "too_large"),
    errors.LoginRequired: (401, "login_required"),
    errors.TicketRefused: (401, "ticket_refused"),
    errors.NotAllowed: (403, "not_allowed"),
    errors.UnknownGame: (404, "unknown_game"),
    errors.GameUnavailable: (409, "game_unavailable"),
    errors.BadOptions: (422, "bad_options"),
    errors.BadKeys: (422, "bad_keys"),
    errors.EpisodeNotFound: (404, "unknown_episode"),
    errors.AtCapacity: (503, "at_capacity"),
    errors.StorageFull: (507, "storage_full"),
    errors.DataFolderError: (503, "data_folder"),
    errors.StoreAway: (503, "store_away"),
    errors.RecordingError: (500, "recording_unreadable"),
    errors.EnvironmentFailed: (500, "environment_failed"),
    errors.SkillArcadeError: (500, "internal"),
}

_AWAY: Final = {errors.DataFolderError, errors.StoreAway}

_NO_JSON: Final = "The body is no JSON that can be read."
_OF_STATUS: Final = {401: errors.LoginRequired, 404: refusals.NothingHere, 405: refusals.WrongMethod}


def responses(*kinds: type[errors.SkillArcadeError]) -> dict[int | str, dict[str, Any]]:
    """What an endpoint declares about its refusals, for openapi.json."""
    declared: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        status, code = PROBLEMS[kind]
        words = [declared[status]["description"]] if status in declared else []
        declared[status] = {"model": Problem, "description": ", ".join([*words, f"`{code}`"])}
    return declared


def answer_problem(error: errors.SkillArcadeError) -> JSONResponse:
    """The answer to a request that met this error."""
    kind = next(kind for kind in type(error).__mro__ if kind in PROBLEMS)
    status, code = PROBLEMS[kind]
    headers: dict[str, str] = {}
    detail = str(error)
    if kind in _AWAY:
        detail = AWAY
        headers["Retry-After"] = str(RETRY_AFTER_AWAY_S)
    elif isinstance(error, errors.AtCapacity):
        headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, errors.StorageFull):
        headers["Retry-After"] = str(RETRY_AFTER_STORAGE_S)
    elif status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(Problem(code=code, detail=detail).model_dump(), status, headers)


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of the app leave it as a problem."""
    app.add_exception_handler(errors.SkillArcadeError, _handle_domain_error)
    app.add_exception_handler(RequestValidationError, _handle_invalid_request)
    app.add_exception_handler(HTTPException, _handle_framework_refusal)
    app.add_exception_handler(Exception, _handle_fault)


def _handle_domain_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.SkillArcadeError)
    answer = answer_problem(error)
    # A full server is none that has failed; those who wait for a place ask again and again.
    if answer.status_code >= 500 and not isinstance(error, errors.AtCapacity):
        logger.error("%s %s: %s", request.method, request.url.path, error)
    return answer


def _handle_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return answer_problem(refusals.BadRequest(" ".join(_sentence_of(fault) for fault in error.errors()[:3])))


def _sentence_of(fault: dict[str, Any]) -> str:
    # The value itself is not repeated: it may be a password typed into the wrong field.
    if fault["type"] == "json_invalid":
        return _NO_JSON
    kind = {"body": "body", "query": "query", "path": "address", "header": "headers"}
    place, *members = fault["loc"]
    name = ".".join(str(member) for member in members)
    where = f"{name!r} in the {kind.get(place, place)}" if name else f"The {kind.get(place, place)}"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{where}: {message[:1].lower()}{message[1:]}."


def _handle_framework_refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    kind = _OF_STATUS.get(error.status_code)
    if kind is not None:
        answer = answer_problem(kind(_sentence_of_status(error.status_code)))
    else:
        # FastAPI answers so to a body that it cannot even decode.
        words = _NO_JSON if error.status_code == 400 else str(error.detail)
        body = Problem(code="bad_request" if error.status_code < 500 else "internal", detail=words)
        answer = JSONResponse(body.model_dump(), error.status_code)
    answer.headers.update(error.headers or {})
    return answer


def _sentence_of_status(status: int) -> str:
    sentences = {
        401: "Please log in.",
        404: "There is nothing at this address.",
        405: "This address does not take this method.",
    }
    return sentences[status]


def _handle_fault(request: Request, error: Exception) -> JSONResponse:
    # The server's edge: the traceback goes to the log, a person gets a sentence without it.
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    body = Problem(code="internal", detail="The server met a fault of its own; its log says more.")
    return JSONResponse(body.model_dump(), 500)
