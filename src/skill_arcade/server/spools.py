"""What machines have shipped into the store and is not sealed yet, as their newest segments tell it (REC-33)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from skill_arcade.archive.store import BlobStore
from skill_arcade.recorder.spool.manifest import find_manifest, list_machines


@dataclass(frozen=True, slots=True)
class Spool:
    """What one machine has in the store.

    Attributes:
        machine: whose it is.
        n_segments: how many combined segments.
        n_bytes: of journals that the store has to keep.
        made_utc: when the newest segment was made, by the machine's own clock; None where none can be read.
        epochs: the newest epoch of each episode that is held.
        problems: one sentence for each segment that should tell it and cannot be read.
    """

    machine: UUID
    n_segments: int
    n_bytes: int
    made_utc: str | None
    epochs: Mapping[UUID, int]
    problems: tuple[str, ...]


def read_spools(store: BlobStore) -> list[Spool]:
    """Those of all machines. Raises StoreAway, and RecordingError where a newer program wrote one."""
    return [read_spool(store, machine) for machine in list_machines(store)]


def read_spool(store: BlobStore, machine: UUID) -> Spool:
    """That of one machine, empty where it has none. Raises as `read_spools`."""
    manifest = find_manifest(store, machine)
    epochs: dict[UUID, int] = {}
    n_bytes = 0
    for held in manifest.index.holds if manifest.index is not None else ():
        epochs[held.name.episode_id] = max(held.name.epoch, epochs.get(held.name.episode_id, 0))
        n_bytes += held.n_bytes
    made_utc = None if manifest.index is None else manifest.index.made_utc
    return Spool(machine, len(manifest.numbers), n_bytes, made_utc, epochs, manifest.problems)


def find_newest_epochs(spools: Iterable[Spool]) -> dict[UUID, int]:
    """The newest epoch of each episode that any of these machines has shipped."""
    newest: dict[UUID, int] = {}
    for spool in spools:
        for episode_id, epoch in spool.epochs.items():
            newest[episode_id] = max(epoch, newest.get(episode_id, 0))
    return newest
