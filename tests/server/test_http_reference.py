"""docs/reference/http-api.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from skill_arcade.server.app import create_api
from skill_arcade.server.http.problems import PROBLEMS

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference" / "http-api.md").read_text()


def test_every_route_is_in_the_reference_and_no_other() -> None:
    routes = {(method.upper(), path) for path, methods in create_api().openapi()["paths"].items() for method in methods}
    documented = set(re.findall(r"`(GET|POST|PUT) (/[^`?]*)`", "\n".join(rows_of("| |"))))
    assert documented == routes


def test_every_error_is_in_the_reference_with_its_status() -> None:
    documented = {
        (int(row.split("|")[1]), code)
        for row in rows_of("| status")
        for code in re.findall(r"`(\w+)`", row.split("|")[2])
    }
    assert documented == set(PROBLEMS.values())


def rows_of(head: str) -> list[str]:
    """The rows of the table whose head begins so."""
    table = REFERENCE[REFERENCE.index(f"\n{head}") + 1 :].split("\n\n")[0]
    return table.splitlines()[2:]
