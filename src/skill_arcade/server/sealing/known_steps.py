"""Steps that the index knows and the journals do not hold any more: damage, and told as such (REC-37)."""

from __future__ import annotations

from dataclasses import replace

from skill_arcade.database.episodes import EpisodeRow
from skill_arcade.recorder.episode_journal import Damage, EpisodeJournal


def find_missing_steps(journal: EpisodeJournal, row: EpisodeRow | None) -> Damage | None:
    """What is missing; None where the journals hold all that the index knows.

    Steps are indexed when they are on the disk: a power loss takes none of them away.

    Args:
        journal: of one episode.
        row: of the same episode, if there is one.
    """
    newest = journal.adopted[-1]
    if row is None or (row.epoch, row.n_steps) <= (newest.epoch, journal.n_steps):
        return None
    what = f"The index knows {row.n_steps} steps, up to this epoch; in the journals are {journal.n_steps}."
    return Damage(row.epoch, newest.n_bytes if row.epoch == newest.epoch else 0, what)


def with_damage(journal: EpisodeJournal, damage: Damage | None) -> EpisodeJournal:
    """The same journal, with one more damage if there is one."""
    return journal if damage is None else replace(journal, damage=(*journal.damage, damage))
