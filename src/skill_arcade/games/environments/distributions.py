"""Installed distributions, and what one imports of them."""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata


def find_distributions(module: str) -> list[str]:
    """The names of the distributions that a module is of, which may be called otherwise than it is.

    Args:
        module: with or without the names of its parts: "my_games.envs".
    """
    return sorted(set(_read_distributions().get(module.partition(".")[0], ())))


def read_version(distribution: str) -> str | None:
    """The version of a distribution; None if it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


@lru_cache(maxsize=1)
def _read_distributions() -> dict[str, list[str]]:
    return {module: list(names) for module, names in metadata.packages_distributions().items()}
