"""The edge at which whatever reading a damaged recording raises becomes one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from skill_arcade.domain.errors import RecordingError

FAULTS_OF_A_RECORD = (pa.ArrowException, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What code raises that meets a value which a sound record does not have."""


@contextmanager
def naming_unreadable(what: str) -> Iterator[None]:
    """Turn what reading a recording raises into RecordingError.

    It belongs around reading alone: what an environment raises says nothing about a recording.

    Args:
        what: is read there, with the episode's id; the sentence begins with it.
    """
    try:
        yield
    except (OSError, *FAULTS_OF_A_RECORD) as error:
        # Not where: who plays here is told this as well, and has no business with the server's folders.
        said = getattr(error, "strerror", None) or " ".join(str(error).split()).rstrip(".")
        raise RecordingError(
            f"{what} cannot be read ({type(error).__name__}: {said}): "
            "make its file readable, or put it back from a backup."
        ) from error
