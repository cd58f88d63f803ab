"""Files that the system does not give: no permission, no descriptor left, a disk that does not read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")


class FailingFiles:
    """Lets whatever opens, lists or looks at certain paths, or at what is below them, fail as the system does.

    Attributes:
        errors: the error numbers, by path.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.errors: dict[Path, int] = {}
        for name in ("open", "listdir", "stat"):
            monkeypatch.setattr(os, name, self._watch(getattr(os, name)))

    def _watch(self, real: Callable[..., T]) -> Callable[..., T]:
        def call(path: Any, *arguments: Any, **named: Any) -> T:
            for failing, number in self.errors.items():
                if not isinstance(path, int) and Path(path).is_relative_to(failing):
                    raise OSError(number, os.strerror(number), str(path))
            return real(path, *arguments, **named)

        return call
