"""docs/reference/http-api.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

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


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no JSON", 422),
        (b'{"guest": "\xff"}', 400),
        (b"[" * 60_000, 400),
        (b'{"guest": ' + b"1" * 6000 + b"}", 400),
    ],
)
def test_a_body_that_is_no_json_is_a_bad_request_and_one_that_cannot_be_read_has_status_400(
    client: TestClient, body: bytes, status: int
) -> None:
    answer = client.post("/auth/login", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, "bad_request")
    assert answer.json()["detail"] == "The body is no JSON that can be read."


def test_a_body_of_the_wrong_shape_is_a_bad_request(client: TestClient) -> None:
    answer = client.post("/auth/login", content=b"[]", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


def test_a_body_that_is_not_sent_as_json_is_a_bad_request(client: TestClient) -> None:
    answer = client.post("/auth/login", content=b'{"guest": true}')
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


def rows_of(head: str) -> list[str]:
    """The rows of the table whose head begins so."""
    table = REFERENCE[REFERENCE.index(f"\n{head}") + 1 :].split("\n\n")[0]
    return table.splitlines()[2:]
