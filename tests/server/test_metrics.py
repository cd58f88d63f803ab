"""What Prometheus reads of a server."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from pydantic import SecretStr
from tests.waiting import await_true

from skill_arcade import __version__
from skill_arcade.domain.errors import DataFolderError, StoreAway
from skill_arcade.recorder.shipper_status import ShipperStatus
from skill_arcade.server.app import create_api, create_app
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.http.access_log import AccessLog
from skill_arcade.server.http.metrics import metrics_router
from skill_arcade.server.http.refusal_counts import RefusalCounts
from skill_arcade.server.metrics.exposition import SILENT_AFTER_S, Exposition
from skill_arcade.server.metrics.facts import facts_of
from skill_arcade.server.metrics.poster import POST_INTERVAL_S, Poster
from skill_arcade.server.metrics.reach import Reach
from skill_arcade.server.metrics.surroundings import Surroundings, SurroundingsLook
from skill_arcade.server.metrics.table import TABLE, MetricRow
from skill_arcade.server.sealing.status import SealerStatus
from skill_arcade.server.services import Services
from skill_arcade.server.status_board import StatusBoard
from skill_arcade.sessions.play.punctuality import Punctuality
from skill_arcade.sessions.supervision.admission import AdmissionStatus
from skill_arcade.sessions.supervision.status import SupervisionStatus

TOKEN = "only-prometheus-knows"
PROMETHEUS_ACCEPTS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
    "text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
)
"""What Prometheus 3 sends."""

SUPERVISION = SupervisionStatus(
    n_sessions={"starting": 0, "realtime": 4, "turn": 1},
    n_attached=3,
    n_started={"new": 7, "resumed": 2},
    n_deaths={"starting": 0, "playing": 1, "hung": 0},
    n_closed={"1000": 6, "none": 1, "other": 0},
    punctuality=Punctuality((100, 20, 0, 0, 3, 0, 0, 0, 1), 1_500_000_000, 1),
    admission=AdmissionStatus(
        max_sessions=1000, n_promised=1, has_room=True, cpu_share=0.25, n_refused={"full": 0, "busy": 5}
    ),
)
SHIPPER = ShipperStatus(
    n_followed=5,
    n_given_up=0,
    oldest_not_here_s=0.25,
    oldest_not_in_store_s=3.5,
    oldest_not_in_sql_s=1.5,
    n_rows_waiting=120,
    n_bytes_not_in_store=4096,
    n_ship_failures=2,
    n_index_failures=1,
    n_segments=40,
    n_segments_kept=3,
    fault="",
)
SEALER = SealerStatus(n_waiting=2, oldest_waiting_s=4.5, n_sealed=9, n_failed_now=1, reasons={"StoreAway": 1})
HERE = Surroundings(
    build={"version": "1.2.3", "machine": "m"},
    is_database_up=True,
    is_store_up=False,
    disk_free_bytes=10,
    disk_size_bytes=20,
    disk_reserve_bytes=5,
    folder_bytes={"journal": 7, "staging": 0, "set-aside": 0},
)


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock_s() -> Clock:
    return Clock()


@pytest.fixture
def board(tmp_path: Path, clock_s: Clock) -> StatusBoard:
    """One on which every process has said something."""
    folder = tmp_path / "sockets"
    folder.mkdir()
    board = StatusBoard(folder, clock_s)
    board.post("supervisor", facts_of(SUPERVISION))
    board.post("shipper", facts_of(SHIPPER))
    board.post("sealer-1", facts_of(SEALER))
    for number in (1, 2):
        board.post(f"gateway-{number}", {"n_refused.at_capacity": 10 * number})
    return board


@pytest.fixture
def exposition(board: StatusBoard) -> Exposition:
    return Exposition(board, lambda: HERE)


def read(exposition: Exposition) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Every sample: by its name and then by its labels."""
    samples: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in exposition.collect():
        for each in family.samples:
            samples.setdefault(each.name.removeprefix("skill_arcade_"), {})[tuple(sorted(each.labels.items()))] = (
                each.value
            )
    return samples


# --- facts ---


def test_the_members_of_a_status_become_facts_and_what_is_not_known_is_not_told() -> None:
    @dataclass(frozen=True)
    class Inner:
        counts: tuple[int, ...]
        is_well: bool

    @dataclass(frozen=True)
    class Status:
        inner: Inner
        n_by_kind: Mapping[str, int]
        oldest_s: float | None
        name: str

    status = Status(Inner((5, 6), is_well=True), {"new": 2}, None, "x")
    assert facts_of(status) == {
        "inner.counts.0": 5,
        "inner.counts.1": 6,
        "inner.is_well": 1,
        "n_by_kind.new": 2,
        "name": "x",
    }


def test_what_is_no_fact_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="object"):
        facts_of({"x": object()})


# --- from facts to metrics ---


def test_every_metric_of_the_table_is_told_of_a_server_that_has_said_everything(exposition: Exposition) -> None:
    told = {family.name: family for family in exposition.collect()}
    assert [name for name, family in told.items() if not family.samples] == []
    for row in TABLE:
        family = told[row.full_name.removesuffix("_total").removesuffix("_info")]
        assert (family.type, family.documentation) == (row.kind, row.help)
        own = {name for sample in family.samples for name in sample.labels} - {"le"}
        assert own == set(row.labels)
    assert len(told) == len(TABLE) + 1  # the ages of last words


def test_facts_arrive_as_they_were_said(exposition: Exposition) -> None:
    told = read(exposition)
    assert told["sessions"] == {
        (("pacing", "realtime"),): 4,
        (("pacing", "starting"),): 0,
        (("pacing", "turn"),): 1,
    }
    assert told["refusals_total"] == {
        (("process", "gateway-1"), ("reason", "at_capacity")): 10,
        (("process", "gateway-2"), ("reason", "at_capacity")): 20,
    }
    assert told["oldest_unsafe_step_seconds"] == {
        (("where", "here"),): 0.25,
        (("where", "in_store"),): 3.5,
        (("where", "in_sql"),): 1.5,
    }
    assert told["episodes_waiting"] == {(("process", "sealer-1"),): 2}
    assert told["cpu_used_ratio"] == {(): 0.25}
    assert told["admission_has_room"] == {(): 1}
    assert (told["database_up"], told["store_up"]) == ({(): 1}, {(): 0})
    assert told["build_info"] == {(("machine", "m"), ("version", "1.2.3")): 1}
    assert told["folder_bytes"][("folder", "journal"),] == 7


def test_lateness_is_a_histogram_in_seconds_whose_buckets_hold_those_below(exposition: Exposition) -> None:
    told = read(exposition)
    buckets = {dict(labels)["le"]: n for labels, n in told["tick_lateness_seconds_bucket"].items()}
    assert buckets == {
        "0.001": 100,
        "0.002": 120,
        "0.004": 120,
        "0.008": 120,
        "0.016": 123,
        "0.033": 123,
        "0.066": 123,
        "0.133": 123,
        "+Inf": 124,
    }
    assert told["tick_lateness_seconds_count"] == {(): 124}
    assert told["tick_lateness_seconds_sum"] == {(): 1.5}


def test_of_a_process_that_fell_silent_only_its_counts_are_told_and_how_long_it_has_been(
    exposition: Exposition, board: StatusBoard, clock_s: Clock
) -> None:
    clock_s.now_s += SILENT_AFTER_S + 1
    board.post("supervisor", facts_of(SUPERVISION))
    told = read(exposition)
    assert told["process_last_word_age_seconds"] == {
        (("process", "supervisor"),): 0,
        **{(("process", each),): 11 for each in ("shipper", "sealer-1", "gateway-1", "gateway-2")},
    }
    assert told["sessions_attached"] == {(): 3}
    assert told["segments_total"] == {(): 40}
    assert "oldest_unsafe_step_seconds" not in told
    assert "episodes_waiting" not in told


def test_before_any_process_has_said_anything_what_is_seen_from_here_is_told(tmp_path: Path) -> None:
    told = read(Exposition(StatusBoard(tmp_path), lambda: HERE))
    assert told["disk_free_bytes"] == {(): 10}
    assert "sessions" not in told


@pytest.mark.parametrize(
    ("process", "status", "left_out"),
    [
        ("supervisor", SUPERVISION, ()),
        ("shipper", SHIPPER, ("fault",)),  # a sentence: for the log
        ("sealer", SEALER, ("reasons.StoreAway",)),  # for `skill-arcade pipeline`
        ("here", HERE, ()),
    ],
    ids=["supervisor", "shipper", "sealer", "here"],
)
def test_each_fact_of_a_process_is_told_and_no_metric_asks_for_one_that_it_does_not_have(
    process: str, status: object, left_out: Sequence[str]
) -> None:
    facts = facts_of(status).keys() - set(left_out)
    rows = [row for row in TABLE if row.process == process]
    asked = {row.name: {fact for fact in facts if is_told_by(row, fact)} for row in rows}
    assert [name for name, found in asked.items() if not found] == []
    assert set().union(*asked.values()) == facts


def is_told_by(row: MetricRow, fact: str) -> bool:
    if row.kind == "histogram":
        return fact.startswith((f"{row.fact}.n_ticks.", f"{row.fact}.late_ns"))
    return row.fact_pattern.fullmatch(fact) is not None


def test_names_are_as_prometheus_wants_them_and_labels_say_nothing_of_a_person_or_an_episode() -> None:
    assert len({row.full_name for row in TABLE}) == len(TABLE)
    for row in TABLE:
        assert row.name.endswith("_total") == (row.kind == "counter")
        assert row.help.endswith(".")
        stars = row.fact.count("*")
        assert stars == (1 if row.own_labels else 0)
        assert not {"episode_id", "episode", "user", "person", "game_id"} & set(row.labels)


# --- what is seen from here ---


def test_the_surroundings_are_looked_at_anew_each_time(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.prepare()
    (folder.journals / "an-episode").mkdir()
    (folder.journals / "an-episode" / "0001.journal").write_bytes(b"x" * 1000)
    answers: list[Exception] = []

    def ask() -> None:
        if answers:
            raise answers[0]

    look = SurroundingsLook(folder, min_free_mb=256, ask_database=ask, ask_store=lambda: None)
    found = look.look()
    assert found.build == {"version": __version__, "machine": str(folder.read_machine_id())}
    assert found.folder_bytes == {"journal": 1000, "staging": 0, "set-aside": 0}
    assert found.disk_reserve_bytes == 256_000_000
    assert 0 < found.disk_free_bytes < found.disk_size_bytes
    assert (found.is_database_up, found.is_store_up) == (True, True)
    for error in (DataFolderError("away"), StoreAway("away"), ConnectionResetError()):
        answers[:] = [error]
        assert not look.look().is_database_up
    answers.clear()
    assert look.look().is_database_up


def test_an_answer_that_does_not_come_is_waited_for_once_and_counts_as_none() -> None:
    asked, may_answer = [], threading.Event()

    def ask() -> None:
        asked.append(True)
        may_answer.wait()

    reach = Reach(ask, patience_s=0.01)
    assert [reach.look() for _ in range(5)] == [False] * 5
    assert len(asked) == 1, "a question waits, and no others behind it"
    may_answer.set()
    await_true(reach.look)


# --- posting ---


def test_a_loop_that_comes_by_often_posts_once_a_second(board: StatusBoard, clock_s: Clock) -> None:
    posted: list[float] = []

    def describe() -> dict[str, float]:
        posted.append(clock_s.now_s)
        return {"n": 1}

    poster = Poster(board, "shipper", describe, clock_s)
    for _ in range(10):
        poster.post_if_due()
        clock_s.now_s += 0.35 * POST_INTERVAL_S
    assert posted == pytest.approx([100, 101.05, 102.1, 103.15])
    assert board.read()["shipper"]["n"] == 1


def test_a_thread_posts_until_it_is_told_to_stop(board: StatusBoard) -> None:
    stop = threading.Event()

    def describe() -> dict[str, int]:
        stop.set()
        return {"n": 5}

    Poster(board, "sealer-1", describe).post_until(stop)
    assert board.read()["sealer-1"]["n"] == 5


# --- the endpoint ---


@pytest.fixture
def client(services: Services, static: Path, exposition: Exposition) -> Iterator[TestClient]:
    app = create_app(services, routers=[metrics_router(SecretStr(TOKEN), exposition)], static=static)
    with TestClient(app, base_url="http://127.0.0.1:8080") as client:
        yield client


def ask(
    client: TestClient, authorization: str = f"Bearer {TOKEN}", accept: str = PROMETHEUS_ACCEPTS
) -> tuple[int, str]:
    answer = client.get("/metrics", headers={"Authorization": authorization, "Accept": accept})
    return answer.status_code, answer.text


def test_prometheus_gets_all_metrics_in_each_format_that_it_may_ask_for(
    client: TestClient, exposition: Exposition
) -> None:
    expected = {family.name: len(family.samples) for family in exposition.collect()}
    for accept, parse in ((PROMETHEUS_ACCEPTS, parse_openmetrics), ("text/plain;version=0.0.4", parse_text)):
        status, text = ask(client, accept=accept)
        assert status == 200
        # The older format has no type of its own for an info.
        told = {family.name.removesuffix("_info"): len(family.samples) for family in parse(text)}
        assert told == {name.removesuffix("_info"): n for name, n in expected.items()}


def test_the_media_type_is_that_of_the_format(client: TestClient) -> None:
    for accept, begins in (
        (PROMETHEUS_ACCEPTS, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        ("", "text/plain; version=0.0.4; charset=utf-8"),
    ):
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", "Accept": accept})
        assert answer.headers["content-type"].startswith(begins)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer \xfc"],
)
def test_without_the_right_token_nothing_is_told(client: TestClient, authorization: str) -> None:
    answer = client.get("/metrics", headers=[(b"Authorization", authorization.encode("latin-1"))])
    assert (answer.status_code, answer.json()["code"]) == (401, "login_required")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "skill_arcade_" not in answer.text


def test_a_login_is_no_token_of_metrics(client: TestClient, admin: dict[str, str]) -> None:
    assert client.get("/metrics", headers=admin).status_code == 401


@pytest.mark.parametrize("token", [None, SecretStr("")])
def test_where_no_token_is_set_there_is_nothing_at_this_address(
    services: Services, static: Path, exposition: Exposition, token: SecretStr | None
) -> None:
    app = create_app(services, routers=[metrics_router(token, exposition)], static=static)
    with TestClient(app, base_url="http://127.0.0.1:8080") as client:
        for authorization in ("", "Bearer ", f"Bearer {TOKEN}", "Bearer None"):
            answer = client.get("/metrics", headers={"Authorization": authorization})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_token_is_in_no_line_of_the_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        assert ask(client)[0] == 200
        assert ask(client, f"Bearer {TOKEN}x")[0] == 401
    assert "GET /metrics 200" in caplog.text
    assert TOKEN not in caplog.text


def test_prometheus_may_come_under_any_name_or_number_and_no_page_of_somebody_else(client: TestClient) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Host": "10.0.0.5:8080"}
    assert client.get("/metrics", headers=headers).status_code == 200
    assert client.get("/metrics", headers={"Host": "10.0.0.5:8080"}).status_code == 401
    assert client.get("/games", headers=headers).status_code == 403
    assert client.get("/metrics", headers={**headers, "Origin": "https://evil.example.org"}).status_code == 403


def test_metrics_are_not_in_the_description_of_the_api(client: TestClient) -> None:
    assert "/metrics" not in client.get("/openapi.json").json()["paths"]
    assert "/metrics" not in create_api().openapi()["paths"]


# --- refusals ---


@pytest.fixture
def refusals() -> RefusalCounts:
    return RefusalCounts()


@pytest.fixture
def counted(client: TestClient, refusals: RefusalCounts) -> TestClient:
    """A client of the same server, whose refusals are counted."""
    return TestClient(AccessLog(client.app, refusals), base_url="http://127.0.0.1:8080", raise_server_exceptions=False)


def counts(refusals: RefusalCounts) -> dict[str, int]:
    return {reason: n for reason, n in refusals.n_refused.items() if n}


def test_each_refusal_counts_by_the_code_that_its_client_is_told(
    counted: TestClient, guest: dict[str, str], refusals: RefusalCounts
) -> None:
    assert counted.get("/games").status_code == 200
    assert counted.get("/nowhere").status_code == 404
    assert counted.post("/play-tickets", json={"game_id": "Hanoi.v0"}).status_code == 401
    for _ in range(2):
        assert counted.post("/play-tickets", json={"game_id": "None.v0"}, headers=guest).status_code == 404
    assert counted.post("/play-tickets", json={"game_id": 5}, headers=guest).status_code == 422
    assert counted.get("/games", headers={"Origin": "https://evil.example.org"}).status_code == 403
    assert counted.post("/auth/login", content=b"x" * 70_000).status_code == 413
    assert counts(refusals) == {
        "not_found": 1,
        "login_required": 1,
        "unknown_game": 2,
        "bad_request": 1,
        "not_allowed": 1,
        "too_large": 1,
    }


def test_all_reasons_are_told_from_the_beginning_and_what_is_unknown_has_one_of_its_own(
    refusals: RefusalCounts,
) -> None:
    assert {"at_capacity", "storage_full", "ticket_refused", "session_lost", "other"} <= refusals.n_refused.keys()
    assert set(refusals.n_refused.values()) == {0}
    n_reasons = len(refusals.n_refused)
    for code in (4401, 1008, 3000):
        refusals.note_close(code)
    refusals.note("made up by somebody")
    assert counts(refusals) == {"ticket_refused": 1, "not_allowed": 1, "other": 2}
    assert len(refusals.n_refused) == n_reasons


async def _answer_in_html(scope: object, receive: object, send: object) -> None:
    assert callable(send)
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b"<html>", "more_body": True})
    await send({"type": "http.response.body", "body": b"</html>"})


async def _fail(scope: object, receive: object, send: object) -> None:
    raise ValueError("a fault of ours")


def test_a_refusal_in_other_words_counts_once_and_a_fault_as_internal(refusals: RefusalCounts) -> None:
    assert TestClient(AccessLog(_answer_in_html, refusals)).get("/").status_code == 503
    with pytest.raises(ValueError, match="ours"):
        TestClient(AccessLog(_fail, refusals)).get("/")
    assert counts(refusals) == {"other": 1, "internal": 1}
