"""What is told of a damaged journal wherever an episode's verdict is told: in its row, in the index, by `verify`."""

from __future__ import annotations

from skill_arcade.recorder.episode_journal import EpisodeJournal

_MARK = "Damaged: "
"""The words by which it is found again behind any other detail."""


def tell_damage(journal: EpisodeJournal) -> str | None:
    """Where an episode's journals are damaged, and how; None where they are sound.

    What was found when the episode was closed, and cannot be seen in the journals since, its END tells.
    """
    told = "; ".join(each.text for each in journal.damage)
    return f"{_MARK}{told}" if told else find_damage_told((journal.end or {}).get("detail"))


def find_damage_told(detail: str | None) -> str | None:
    """The part of a detail that tells of damage; None where there is none."""
    _before, mark, told = (detail or "").partition(_MARK)
    return f"{mark}{told}" if mark else None


def add_damage(detail: str | None, told: str | None) -> str | None:
    """A verdict's detail, with what is told of damage behind it unless it is there already."""
    if told is None or find_damage_told(detail) is not None:
        return detail
    return told if detail is None else f"{detail} {told}"
