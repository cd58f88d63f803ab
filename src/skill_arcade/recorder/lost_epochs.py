"""Epochs that were begun and whose OPEN has been damaged since: what they held cannot be used, and is not forgotten."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from skill_arcade.recorder.chain import list_epochs
from skill_arcade.recorder.episode_journal import Damage
from skill_arcade.recorder.journal import journal_path
from skill_arcade.recorder.records import RecordKind
from skill_arcade.recorder.scanning import Ending, scan_journal


def find_lost_epochs(folder: Path, readable: Collection[int] = ()) -> tuple[Damage, ...]:
    """The epochs of which nobody can say what they adopt, though their beginning was not merely cut short (REC-31).

    A session that is killed in its first moments leaves a file that is empty, or ends within its first record. That
    one held nothing. One whose first record is wrong did, also where a later epoch has gone on without it.

    Args:
        folder: the episode's journals.
        readable: epochs that make the episode, which need not be looked at.

    Raises:
        RecordingError: a newer version of this program wrote such an epoch (REC-14).
    """
    lost = (_find_loss(folder, epoch) for epoch in list_epochs(folder) if epoch not in readable)
    return tuple(damage for damage in lost if damage is not None)


def _find_loss(folder: Path, epoch: int) -> Damage | None:
    scan = scan_journal(journal_path(folder, epoch))
    try:
        first = next(iter(scan), None)
    except FileNotFoundError:  # sealed, and taken away just now
        return None
    if first is None and scan.ending is Ending.CORRUPT:
        return Damage(epoch, 0, "Its beginning, with OPEN, cannot be read.")
    if first is not None and (first.kind is not RecordKind.OPEN or scan.epoch != epoch):
        return Damage(epoch, 0, "It does not begin with the OPEN of this epoch.")
    return None
