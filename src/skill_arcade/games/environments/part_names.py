"""The names of the parts of an observation: the way to each through Dict and Tuple (REC-22)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

WHOLE = "value"
"""The name of the one part of an observation that is neither an array nor a Dict or Tuple."""


def name_members(keys: Iterable[Hashable]) -> list[str]:
    """A name without a dot for each member of one Dict or Tuple; no two are the same, and none is empty.

    It is the key as text, with `~0` for a tilde, `~1` for a dot and `~2` for no text at all. Of keys that have the
    same text (1 and "1"), the second has `~~2` after it, the third `~~3`.
    """
    names: list[str] = []
    seen: dict[str, int] = {}
    for key in keys:
        name = str(key).replace("~", "~0").replace(".", "~1") or "~2"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}~~{seen[name]}")
    return names
