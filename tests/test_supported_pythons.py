"""The Pythons that are promised, wherever they are named, are those of `requires-python`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture
def minors() -> range:
    """Their minor versions."""
    bounds = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["project"]["requires-python"])
    assert bounds is not None
    return range(*map(int, bounds.groups()))


def test_whoever_looks_for_a_package_is_told_all_of_them(minors: range) -> None:
    told = "\n".join(PROJECT["project"]["classifiers"])
    assert re.findall(r"Python :: 3\.(\d+)$", told, re.MULTILINE) == [str(minor) for minor in minors]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "Makefile"])
def test_people_are_told_the_oldest_and_the_newest(minors: range, name: str) -> None:
    assert f"Python 3.{minors[0]} to 3.{minors[-1]}" in (ROOT / name).read_text()


def test_an_installation_takes_these_and_is_checked_and_resolved_for_the_oldest(minors: range) -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert f"(3, {minors.start}) <= sys.version_info < (3, {minors.stop})" in makefile
    assert f"--python-version 3.{minors.start} " in makefile
    assert PROJECT["tool"]["mypy"]["python_version"] == f"3.{minors.start}"


def test_each_is_tested(minors: range) -> None:
    """The oldest, which is Debian's, by `make test`; the others by a job that runs the Python tests alone."""
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    assert jobs["other-pythons"]["strategy"]["matrix"]["python"] == [f"3.{minor}" for minor in minors[1:]]
