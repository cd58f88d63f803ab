"""Ranges of segments' numbers, as a manifest has them; pure (REC-33)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LARGEST_GAP = 16
"""A player who thinks makes a step now and then, and would have a range of its own for each: so few numbers between
are taken along. Their segments are kept a little longer than they need be."""

Ranges = tuple[tuple[int, int], ...]


def add_number(ranges: Ranges, number: int) -> Ranges:
    """The ranges with a number that is above all of theirs."""
    if ranges and number - ranges[-1][1] <= LARGEST_GAP:
        return (*ranges[:-1], (ranges[-1][0], number))
    return (*ranges, (number, number))


def find_outside(numbers: Iterable[int], ranges: Iterable[tuple[int, int]]) -> list[int]:
    """The numbers that are in no range, ascending; the ranges may overlap and come in any order."""
    merged = _merge(sorted(ranges))
    outside: list[int] = []
    at = 0
    for number in sorted(numbers):
        while at < len(merged) and merged[at][1] < number:
            at += 1
        if at == len(merged) or number < merged[at][0]:
            outside.append(number)
    return outside


def _merge(ascending: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in ascending:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged
