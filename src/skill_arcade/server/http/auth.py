"""Logging in and out, and who one is."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from skill_arcade.accounts.logins import Login
from skill_arcade.database.people import Person
from skill_arcade.domain.errors import LoginRequired, NotAllowed
from skill_arcade.server.http.dependencies import PersonHere, ServicesHere, TokenHere
from skill_arcade.server.http.problems import responses
from skill_arcade.server.http.refusals import BadRequest

router = APIRouter(prefix="/auth", tags=["auth"])

EmailAddress = Annotated[str, StringConstraints(strip_whitespace=True, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")]


class LoginRequest(BaseModel):
    """Either a guest, or an e-mail address."""

    model_config = ConfigDict(extra="forbid")

    guest: bool = Field(default=False, description="Come without saying who; a new person each time.")
    email: EmailAddress | None = Field(default=None, description="Only where the server is used by one machine.")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> LoginRequest:
        if self.guest == (self.email is not None):
            raise ValueError('send either {"guest": true} or {"email": "…"}')
        return self


class RedeemRequest(BaseModel):
    """The code of an administrator's link."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=128)


class PersonAnswer(BaseModel):
    """Who one is."""

    id: UUID
    email: str | None
    guest: bool
    role: Literal["player", "admin"]


class LoginAnswer(BaseModel):
    """A login token, told this once."""

    token: str = Field(description="For the header `Authorization: Bearer <token>`.")
    user: PersonAnswer


@router.post("/login", responses=responses(NotAllowed, BadRequest))
def log_in(body: LoginRequest, services: ServicesHere) -> LoginAnswer:
    """Get a login token (LIVE-1); with an e-mail address, which proves nothing, on this machine only."""
    if body.email is None:
        return _answer_login(services.logins.log_in_guest())
    if not services.settings.is_local:
        raise NotAllowed("Logging in with an e-mail address is off here, because nothing proves whose it is.")
    return _answer_login(services.logins.log_in_email(body.email))


@router.post("/redeem", responses=responses(NotAllowed, BadRequest))
def redeem_admin_link(body: RedeemRequest, services: ServicesHere) -> LoginAnswer:
    """Log in as the administrator, with the code from the link that the server printed; once."""
    return _answer_login(services.logins.redeem_admin_code(body.code))


@router.get("/me", responses=responses(LoginRequired))
def read_me(person: PersonHere) -> PersonAnswer:
    """Who the token belongs to."""
    return _answer_person(person)


@router.post("/logout", status_code=204, responses=responses(LoginRequired))
def log_out(services: ServicesHere, token: TokenHere, _person: PersonHere) -> Response:
    """Make the token worthless."""
    services.logins.log_out(token)
    return Response(status_code=204)


def _answer_login(login: Login) -> LoginAnswer:
    return LoginAnswer(token=login.token, user=_answer_person(login.person))


def _answer_person(person: Person) -> PersonAnswer:
    return PersonAnswer.model_validate(
        {"id": person.id, "email": person.email, "guest": person.guest, "role": person.role}
    )
