"""What endpoints ask for in their parameters: the services, and who is there."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from skill_arcade.database.people import Person
from skill_arcade.domain.errors import LoginRequired
from skill_arcade.server.http.game_answers import GameAnswers
from skill_arcade.server.services import Services

_bearer = HTTPBearer(auto_error=False, description="The token of POST /auth/login.")


def find_services(request: Request) -> Services:
    """The services of this app."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


ServicesHere = Annotated[Services, Depends(find_services)]


def find_game_answers(request: Request) -> GameAnswers:
    """What this app tells of the games."""
    answers = request.app.state.game_answers
    assert isinstance(answers, GameAnswers)
    return answers


GameAnswersHere = Annotated[GameAnswers, Depends(find_game_answers)]


def find_token(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    """The login token of the request (LIVE-1).

    Raises:
        LoginRequired: there is none.
    """
    if credentials is None:
        raise LoginRequired("Please log in: this needs `Authorization: Bearer <token>`.")
    return credentials.credentials


TokenHere = Annotated[str, Depends(find_token)]


def find_person(services: ServicesHere, token: TokenHere) -> Person:
    """Who sent the request.

    Raises:
        LoginRequired: the token is unknown or has expired.
    """
    return services.logins.find_person(token)


PersonHere = Annotated[Person, Depends(find_person)]
