"""What a page has to know of this installation before anybody has come in."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from skill_arcade.server.http.dependencies import ServicesHere

router = APIRouter(tags=["installation"])


class InstallationAnswer(BaseModel):
    """How this arcade is set up, as far as it matters to those who play in it."""

    recording: bool = Field(description="Whether episodes are kept after they have ended.")
    email_login: bool = Field(description="Whether one can log in with an e-mail address here.")


@router.get("/installation")
def read_installation(services: ServicesHere) -> InstallationAnswer:
    """How this arcade is set up."""
    settings = services.settings
    return InstallationAnswer(recording=settings.recording, email_login=settings.is_local)
