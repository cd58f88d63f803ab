"""From what a process knows of itself to facts that can be posted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from skill_arcade.server.status_board import Fact


def facts_of(status: object) -> dict[str, Fact]:
    """The members of a dataclass as facts, with points between the names of members of members.

    `Status(n_waiting=3, n_by_kind={"new": 2}, oldest_s=None, counts=(5, 6))` becomes
    `{"n_waiting": 3, "n_by_kind.new": 2, "counts.0": 5, "counts.1": 6}`: what is None is not known and not told.

    Args:
        status: a dataclass of numbers, texts, mappings, tuples and such dataclasses; or a mapping of them.
    """
    return {".".join(names): fact for names, fact in _walk(status)}


def _walk(value: object) -> Iterator[tuple[tuple[str, ...], Fact]]:
    if value is None:
        return
    if isinstance(value, bool):
        yield (), int(value)
        return
    if isinstance(value, (int, float, str)):
        yield (), value
        return
    for name, member in _members(value):
        for names, fact in _walk(member):
            yield (name, *names), fact


def _members(value: object) -> Iterator[tuple[str, object]]:
    if is_dataclass(value):
        yield from ((field.name, getattr(value, field.name)) for field in fields(value))
    elif isinstance(value, Mapping):
        yield from ((str(name), member) for name, member in value.items())
    elif isinstance(value, (tuple, list)):
        yield from ((str(i), member) for i, member in enumerate(value))
    else:
        raise TypeError(f"{type(value).__name__} is no fact")
