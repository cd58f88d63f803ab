"""Words of somebody else, an environment's exception for one, as they may stand in a sentence of ours."""

from __future__ import annotations

LONGEST = 300
"""Characters; of more only the beginning is kept."""


def shorten(words: str) -> str:
    """The words on one line, and not too many of them."""
    words = " ".join(words.split())
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
