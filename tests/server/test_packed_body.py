from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel
from starlette.datastructures import Headers

from skill_arcade.server.http.packed_body import PackedBody, answer_json

LONG = b"x" * 5000


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True),
        ("br, GZip;q=0.5", True),
        ("deflate,gzip", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("x-gzip-not", False),
    ],
)
def test_a_body_is_packed_for_whoever_can_unpack_it(accepted: str, *, is_packed: bool) -> None:
    body = PackedBody.make(LONG)
    answer = body.answer(Headers({"Accept-Encoding": accepted}))
    assert (answer.headers.get("content-encoding") == "gzip") is is_packed
    assert answer.headers["vary"] == "Accept-Encoding"
    assert (gzip.decompress(bytes(answer.body)) if is_packed else answer.body) == LONG


@pytest.mark.parametrize(
    ("plain", "media_type"),
    [(b"short", "application/json"), (LONG, "image/png"), (LONG, "font/woff2"), (LONG, "application/octet-stream")],
)
def test_what_is_short_or_packed_already_stays_as_it_is(plain: bytes, media_type: str) -> None:
    answer = PackedBody.make(plain, media_type).answer(Headers({"Accept-Encoding": "gzip"}))
    assert answer.body == plain
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("known", ["{etag}", '"a", {etag}', "{strong}", "*"])
def test_what_somebody_has_already_is_not_sent_again(known: str) -> None:
    body = PackedBody.make(LONG)
    names = {"etag": body.etag, "strong": body.etag.removeprefix("W/")}
    answer = body.answer(Headers({"If-None-Match": known.format(**names)}), "public")
    assert (answer.status_code, answer.body) == (304, b"")
    assert (answer.headers["etag"], answer.headers["cache-control"]) == (body.etag, "public")


@pytest.mark.parametrize("known", ['"a"', 'W/""', "", "x"])
def test_what_somebody_has_of_another_content_is_sent_anew(known: str) -> None:
    assert PackedBody.make(LONG).answer(Headers({"If-None-Match": known})).status_code == 200


def test_a_long_answer_for_one_person_is_packed_and_kept_by_nobody() -> None:
    class Long(BaseModel):
        words: list[str]

    answer = answer_json(Long(words=["ü"] * 1000), Headers({"Accept-Encoding": "gzip"}))
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-store"
    assert Long.model_validate_json(gzip.decompress(bytes(answer.body))).words == ["ü"] * 1000


def test_the_web_apps_files_are_packed_and_a_new_build_counts_at_once(client: TestClient, static: Path) -> None:
    script = static / "assets" / "app-1a2b.js"
    for content in ("let a = 1;\n" * 1000, "let b = 2;\n" * 2000):
        script.write_text(content)
        answer = client.get("/assets/app-1a2b.js")
        assert answer.text == content
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"].startswith("text/javascript")
        assert int(answer.headers["content-length"]) < 500
        again = client.get("/assets/app-1a2b.js", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    head = client.head("/assets/app-1a2b.js")
    assert head.status_code == 200
