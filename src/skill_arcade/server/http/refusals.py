"""What only HTTP can refuse, besides the errors of the domain."""

from __future__ import annotations

from skill_arcade.domain.errors import SkillArcadeError


class BadRequest(SkillArcadeError):
    """The request says something that cannot be."""


class EpisodeEnded(SkillArcadeError):
    """The episode is over; nobody can go on with it."""


class EpisodeInUse(SkillArcadeError):
    """Somebody is connected to the episode, or was a moment ago."""


class NothingHere(SkillArcadeError):
    """The address leads to nothing."""


class TooLarge(SkillArcadeError):
    """The request's body has more bytes than any request needs."""


class WrongMethod(SkillArcadeError):
    """The address is right, but not for this method."""
