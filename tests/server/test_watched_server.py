"""A real server as Prometheus and a log collector see it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from tests.server.test_metrics import PROMETHEUS_ACCEPTS, TOKEN
from tests.serving import Server, serving
from tests.waiting import await_true

from skill_arcade.client import ArcadeClient
from skill_arcade.server.metrics.table import AGE_METRIC, TABLE

Labels = tuple[tuple[str, str], ...]


@dataclass
class Scrape:
    """What one question to /metrics told."""

    types: dict[str, str] = field(default_factory=dict)
    samples: dict[str, dict[Labels, float]] = field(default_factory=dict)

    def add(self, samples: Sequence[Sample]) -> None:
        for each in samples:
            name = each.name.removeprefix("skill_arcade_")
            self.samples.setdefault(name, {})[tuple(sorted(each.labels.items()))] = each.value

    def sum(self, name: str) -> float:
        return sum(self.samples.get(name, {}).values())


def scrape(server: Server) -> Scrape:
    """As Prometheus does, under the name that it would have on a network."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": PROMETHEUS_ACCEPTS, "Host": f"192.0.2.7:{server.port}"}
    request = urllib.request.Request(f"{server.url}/metrics", headers=headers)
    told = Scrape()
    with urllib.request.urlopen(request, timeout=10) as answer:
        for family in text_string_to_metric_families(answer.read().decode()):  # type: ignore[no-untyped-call]
            told.types[family.name] = family.type
            told.add(family.samples)
    return told


async def play(url: str, n_pictures: int) -> int:
    """Play Breakout and quit; how many steps there were."""
    async with ArcadeClient(url) as arcade:
        await arcade.login_as_guest()
        async with arcade.play("Breakout.v0") as game:
            await game.start()
            for _ in range(n_pictures):
                await game.next_picture()
            await game.quit()
            assert game.ended is not None
            return game.ended.n_steps


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("watched") / "data"
    with serving(folder, metrics_token=TOKEN, log_format="json", gateways="2", pipeline_workers="2") as server:
        yield server


def test_a_real_server_tells_every_metric_of_the_table_and_no_other(server: Server) -> None:
    n_steps = asyncio.run(play(server.url, 90))
    await_true(lambda: scrape(server).sum("episodes_sealed_total") >= 1)
    told = scrape(server)
    assert told.types == {
        **{row.full_name.removesuffix("_total").removesuffix("_info"): row.kind for row in TABLE},
        AGE_METRIC: "gauge",
    }
    names = {name.removesuffix("_bucket") for name in told.samples}
    assert {row.name for row in TABLE} - names == set()
    assert {dict(labels)["process"] for labels in told.samples["process_last_word_age_seconds"]} == {
        "supervisor",
        "shipper",
        "gateway-1",
        "gateway-2",
        "sealer-1",
        "sealer-2",
    }
    assert told.sum("tick_lateness_seconds_count") == n_steps
    assert told.sum("sessions_started_total") == 1
    assert told.samples["sockets_closed_total"][("code", "client"),] == 1
    assert (told.sum("database_up"), told.sum("store_up")) == (1, 1)


def test_who_is_refused_is_counted_whichever_gateway_refused(server: Server) -> None:
    def count() -> float:
        found = scrape(server).samples["refusals_total"].items()
        return sum(n for labels, n in found if ("reason", "unknown_game") in labels)

    before = count()
    for _ in range(10):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{server.url}/games/None.v0", timeout=10)
    await_true(lambda: count() == before + 10)


def test_a_process_that_is_killed_and_comes_back_is_seen_to_speak_again(server: Server) -> None:
    (shipper,) = server.pids(" shipper ")
    os.kill(shipper, signal.SIGKILL)
    await_true(lambda: server.pids(" shipper ") not in ([], [shipper]))
    # What it counts begins again, which Prometheus knows from counters.
    await_true(lambda: scrape(server).samples["process_last_word_age_seconds"][("process", "shipper"),] < 1)


def read_log(server: Server) -> list[dict[str, Any]]:
    lines = server.log.read_text().splitlines()
    # Where to go and how to enter is said to people, on the standard output.
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_all_processes_log_an_object_a_line_and_no_token(server: Server) -> None:
    asyncio.run(play(server.url, 10))
    text = server.log.read_text()
    for_people = [line for line in text.splitlines() if line and not line.startswith("{")]
    assert [line.split(":")[0] for line in for_people] == [
        "Skill Arcade is open",
        "Administrators enter",
        "Ctrl-C stops it.",
    ]
    assert TOKEN not in text
    lines = read_log(server)
    assert {line["process"].partition("-")[0] for line in lines} >= {"serve", "gateway", "sealer"}
    assert all({"time", "severity", "process", "pid", "logger", "message"} <= line.keys() for line in lines)


def test_the_lines_about_an_episode_name_it(server: Server) -> None:
    await_true(lambda: any("is sealed" in line["message"] for line in read_log(server)))
    sealed = [line for line in read_log(server) if "is sealed" in line["message"]]
    assert all(line["message"].startswith(line["episode_id"]) for line in sealed)
