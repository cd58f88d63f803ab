"""What a next epoch adopts of the one before it (REC-30)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.recorder.scanning import Cursor


@dataclass(frozen=True, slots=True)
class Adoption:
    """The bytes of an older epoch's journal that belong to the episode.

    Attributes:
        epoch: the older epoch.
        n_bytes: of its file, from the beginning.
        crc: checksum of the last record in them.
        n_steps: complete steps of the episode so far.
    """

    epoch: int
    n_bytes: int
    crc: int
    n_steps: int

    @property
    def cursor(self) -> Cursor:
        """The place where the adopted bytes end."""
        return Cursor(self.n_bytes, self.crc)

    def to_json(self) -> dict[str, int]:
        """The value of OPEN's `adopts`."""
        return asdict(self)


def parse_adoption(value: Mapping[str, Any] | None) -> Adoption | None:
    """Read OPEN's `adopts`.

    Raises:
        JournalCorrupt: a member is missing or is no number.
    """
    if value is None:
        return None
    try:
        return Adoption(*(int(value[name]) for name in ("epoch", "n_bytes", "crc", "n_steps")))
    except (KeyError, TypeError, ValueError) as error:
        raise JournalCorrupt(f"OPEN says in no readable way what it adopts: {error!r}.") from None
