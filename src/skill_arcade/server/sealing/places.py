"""The folders between which journals move when they are done with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SealerPlaces:
    """Where things lie; all on one disk.

    Attributes:
        journals: a folder for each episode that is not sealed.
        removed: journals on their way out.
        set_aside: journals of episodes that another server has taken over.
    """

    journals: Path
    removed: Path
    set_aside: Path
