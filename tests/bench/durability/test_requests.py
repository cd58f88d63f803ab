"""What is asked of a store: noted by whoever stands between, and told as puts for an hour of play."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from tests.object_stores import SCHEMES, Emulator, running_emulators
from tests.waiting import await_true

from skill_arcade.archive.layout import Table, parse_table_key, spool_key
from skill_arcade.archive.opening import open_store
from skill_arcade.bench.durability.elsewhere import Endpoint, find_endpoint
from skill_arcade.bench.durability.fresh import fresh_store
from skill_arcade.bench.durability.request_counter import Kind, find_kind
from skill_arcade.bench.durability.requests import Requests, compute_player_hour, counting, parse_requests
from skill_arcade.bench.durability.seen import Seen, put_figures

EPISODE = "archive/episodes/game_id=Pong.v0/date=2026-01-02/0198c2a4-7f10-7d3e-9a52-3b1c5d6e7f80.parquet"
STEPS = EPISODE.replace("episodes", "steps")
SEGMENT = spool_key("0198c2a4-1b7c-7cc4-8f1e-6a5b4c3d2e1f", 7)
OTHER = "store-id"

MakeUpload: TypeAlias = Callable[[str], tuple[str, str, bytes]]


def google(name: str) -> tuple[str, str, bytes]:
    """An upload as Google's client makes it: the name stands in the body."""
    body = b'--=1==\r\ncontent-type: application/json\r\n\r\n{"name": "bench-1/%b"}\r\n' % name.encode()
    return "POST", "/upload/storage/v1/b/bucket/o?uploadType=multipart&ifGenerationMatch=0", body


def amazon(name: str) -> tuple[str, str, bytes]:
    """An upload as Amazon's client makes it: the name stands in the path."""
    return "PUT", f"/bucket/bench-1/{name.replace('=', '%3D')}", b"PAR1"


@pytest.mark.parametrize("upload", [google, amazon])
@pytest.mark.parametrize(
    ("name", "kind"),
    [(SEGMENT, Kind.PUT_SEGMENT), (STEPS, Kind.PUT_TABLE), (EPISODE, Kind.PUT_EPISODE), (OTHER, Kind.PUT_OTHER)],
)
def test_an_upload_is_known_by_the_name_of_what_is_stored(upload: MakeUpload, name: str, kind: Kind) -> None:
    assert find_kind(*upload(name)) is kind


@pytest.mark.parametrize(
    ("method", "target", "kind"),
    [
        ("GET", "/storage/v1/b/bucket/o?prefix=bench-1%2Fspool%2F&maxResults=1000", Kind.LIST),
        ("GET", "/bucket?list-type=2&prefix=bench-1%2Farchive%2F", Kind.LIST),
        ("GET", "/storage/v1/b/bucket/o/bench-1%2Fspool%2Fm%2F1.seg?alt=media", Kind.READ),
        ("HEAD", "/bucket/bench-1/archive/steps/x.parquet", Kind.READ),
        ("DELETE", "/storage/v1/b/bucket/o/bench-1%2Fspool%2Fm%2F1.seg", Kind.DELETE),
    ],
)
def test_what_is_no_upload_is_none_whatever_it_names(method: str, target: str, kind: Kind) -> None:
    assert find_kind(method, target, b"") is kind


def test_an_hour_of_one_of_fifty_players_shares_the_segments_and_has_the_episodes_of_one() -> None:
    """Segments count in the span in which all play; the files of episodes whenever they come."""
    segments = tuple((at_s * 1_000_000, Kind.PUT_SEGMENT) for at_s in range(0, 100, 4))
    tables = ((1, Kind.PUT_TABLE),) * 10 + ((2, Kind.PUT_EPISODE),) * 2
    hour = compute_player_hour(Requests(segments + tables), 20_000_000, 60_000_000)
    assert hour.segments == pytest.approx(10 * 90 / 50)
    assert hour.sealed == pytest.approx(6 * 3)
    assert hour.all == pytest.approx(36)


def test_where_no_episode_was_sealed_or_nobody_counted_the_bound_is_missed() -> None:
    seen = Seen(0, 1_000_000)
    assert put_figures(Requests(((5, Kind.PUT_SEGMENT),)), seen)[0].met == "no"
    assert put_figures(None, seen)[0].met == "no"


def test_a_line_that_is_not_whole_yet_is_left_out() -> None:
    assert parse_requests("12 put_segment\n13 read\n14 de").made == ((12, Kind.PUT_SEGMENT), (13, Kind.READ))


def test_an_emulator_is_found_by_the_variables_that_its_client_reads() -> None:
    gs, s3 = "gs://bucket/prefix", "s3://bucket"
    assert find_endpoint(gs, {}) is None
    assert find_endpoint(gs, {"STORAGE_EMULATOR_HOST": "https://elsewhere"}) is None
    assert find_endpoint(gs, {"STORAGE_EMULATOR_HOST": "localhost:80"}) == Endpoint(
        "STORAGE_EMULATOR_HOST", "localhost", 80
    )
    both = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:2"}
    assert find_endpoint(s3, both) == Endpoint("AWS_ENDPOINT_URL_S3", "127.0.0.1", 2)


@pytest.fixture(params=SCHEMES, scope="module")
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with running_emulators() as start:
        yield start(request.param)


def test_whatever_is_asked_of_an_emulator_arrives_and_is_counted(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contents too: large ones, and those of several requests on one connection."""
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    table, place = parse_table_key(EPISODE)
    assert table is Table.EPISODES
    contents = {SEGMENT: b"s" * 300_000, place.key(Table.STEPS): b"t" * 10, EPISODE: b"", OTHER: b"o"}
    bucket = emulator.make_bucket()
    with fresh_store(bucket) as url:
        endpoint = find_endpoint(url)
        assert endpoint is not None
        with counting(endpoint) as counter:
            monkeypatch.setenv(endpoint.variable, counter.url)
            store = open_store(url, Path())
            assert [store.put_if_absent(key, content) for key, content in contents.items()] == [True] * 4
            assert not store.put_if_absent(SEGMENT, b"another")
            assert {key: store.get(key) for key in store.list("")} == contents
            store.delete(OTHER)
            counts = counter.read().count()
            monkeypatch.setenv(endpoint.variable, emulator.endpoint)
        assert {kind: counts[kind] for kind in (*list(Kind)[:4], Kind.LIST, Kind.DELETE)} == {
            Kind.PUT_SEGMENT: 2,
            Kind.PUT_TABLE: 1,
            Kind.PUT_EPISODE: 1,
            Kind.PUT_OTHER: 1,
            Kind.LIST: 1,
            Kind.DELETE: 1,
        }
        assert counts[Kind.READ] >= len(contents)
    assert list(open_store(bucket, Path()).list("")) == [], "what was put there is gone"


def test_an_emulator_that_is_away_is_away_through_the_counter_too() -> None:
    with counting(Endpoint("STORAGE_EMULATOR_HOST", "127.0.0.1", 9)) as counter:
        with pytest.raises((urllib.error.URLError, OSError)):
            urllib.request.urlopen(f"{counter.url}/storage/v1/b", timeout=10)
        assert counter.read().made == ()


def test_the_counter_ends_when_whoever_started_it_does() -> None:
    """Even if that was killed: its input ends then."""
    if (child := os.fork()) == 0:
        with counting(Endpoint("STORAGE_EMULATOR_HOST", "127.0.0.1", 9)):
            signal.pause()
    await_true(lambda: bool(list_counters(child)))
    (counter,) = list_counters(child)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    await_true(lambda: not Path(f"/proc/{counter}").exists())


def list_counters(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in children if b"request_counter" in Path(f"/proc/{pid}/cmdline").read_bytes()]
