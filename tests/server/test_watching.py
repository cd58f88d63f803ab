"""The page, the dashboard and the alerts say what the table of metrics says, and nothing else."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from skill_arcade.server.metrics.table import AGE_HELP, AGE_METRIC, PROCESS_LABEL, TABLE
from skill_arcade.server.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "howto" / "watch-it.md").read_text()
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yaml"
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "skill-arcade.json").read_text())
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
RULES: list[dict[str, Any]] = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
EXPRESSIONS = {
    **{f"{panel['title']} {each['refId']}": each["expr"] for panel in PANELS for each in panel["targets"]},
    **{rule["alert"]: rule["expr"] for rule in RULES},
}

LABELS = {row.full_name: set(row.labels) for row in TABLE} | {AGE_METRIC: {PROCESS_LABEL}}
ADDED_BY_PROMETHEUS = {"instance", "job"}
UNITS = {"none", "cpm", "s", "bytes", "percentunit"}
"""Grafana's names: a number, counts a minute, seconds, bytes, a share of one."""


def labels_of(metric: str) -> set[str]:
    """The labels of a metric by the name that an expression has for it: of a histogram there are several."""
    for suffix, more in (("_bucket", {"le"}), ("_sum", set[str]()), ("_count", set[str]())):
        of = metric.removesuffix(suffix)
        if of != metric and any(row.full_name == of and row.kind == "histogram" for row in TABLE):
            return LABELS[of] | more
    return LABELS[metric]


# --- the page ---


def test_the_page_has_every_metric_as_the_table_has_it_and_no_other() -> None:
    documented = re.findall(r"^\| `(skill_arcade_\w+)` \| (\w+) \| ([^|]*) \| (.*) \|$", PAGE, flags=re.MULTILINE)
    assert [(name, kind, tuple(re.findall(r"`(\w+)`", labels)), text) for name, kind, labels, text in documented] == [
        *((row.full_name, row.kind, row.labels, row.help) for row in TABLE),
        (AGE_METRIC, "gauge", (PROCESS_LABEL,), AGE_HELP),
    ]


def test_the_page_says_of_every_alert_what_to_do_and_of_no_other() -> None:
    documented = re.findall(r"^\| `(SkillArcade\w+)` \| (\w+): ", PAGE, flags=re.MULTILINE)
    assert documented == [(rule["alert"], rule["labels"]["severity"]) for rule in RULES]


def test_the_page_names_settings_and_metrics_that_there_are() -> None:
    settings = {f"SKILL_ARCADE_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"SKILL_ARCADE_\w+", PAGE)) <= settings
    assert set(re.findall(r"skill_arcade_\w+", PAGE)) <= LABELS.keys()


def test_the_scrape_of_the_page_is_for_the_job_that_the_alerts_know() -> None:
    (block,) = (each for each in re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL) if "scrape_configs" in each)
    (job,) = yaml.safe_load(block)["scrape_configs"]
    (down,) = (rule["expr"] for rule in RULES if rule["alert"] == "SkillArcadeDown")
    assert f'job="{job["job_name"]}"' in down


# --- expressions ---


@pytest.mark.parametrize("where", EXPRESSIONS)
def test_an_expression_names_metrics_and_labels_that_there_are(where: str) -> None:
    expression = EXPRESSIONS[where]
    metrics = re.findall(r"skill_arcade_\w+", expression)
    assert metrics or expression.startswith("up{")
    known = set().union(*map(labels_of, metrics)) | ADDED_BY_PROMETHEUS
    grouped = {label for names in re.findall(r"\bby \(([\w, ]+)\)", expression) for label in names.split(", ")}
    matched = {label for each in re.findall(r"\{([^}]*)\}", expression) for label in re.findall(r"(\w+)[=!]~?\"", each)}
    assert grouped | matched <= known


def test_every_metric_that_counts_up_is_shown_as_a_rate() -> None:
    counters = [row.full_name for row in TABLE if row.kind == "counter" and row.name != "episodes_set_aside_total"]
    for expression, counter in itertools.product(EXPRESSIONS.values(), counters):
        if re.search(rf"\b{counter}\b", expression):
            assert re.search(rf"(rate|increase)\({counter}\b", expression)


# --- the dashboard ---


def test_the_dashboard_shows_every_metric_but_those_that_stand_behind_others() -> None:
    shown = {
        name for panel in PANELS for each in panel["targets"] for name in re.findall(r"skill_arcade_\w+", each["expr"])
    }
    told = {name.removesuffix("_bucket").removesuffix("_count") for name in shown}
    assert LABELS.keys() - told == {"skill_arcade_journals_followed", "skill_arcade_disk_size_bytes"}


@pytest.mark.parametrize("panel", PANELS, ids=[panel["title"] for panel in PANELS])
def test_every_panel_says_what_it_shows_and_asks_the_chosen_servers(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert [each["refId"] for each in panel["targets"]] == [chr(ord("A") + i) for i in range(len(panel["targets"]))]
    for each in panel["targets"]:
        assert each["datasource"] == panel["datasource"]
        assert each["expr"].count("skill_arcade_") == each["expr"].count('{instance=~"$server"')
        assert set(re.findall(r"\{\{(\w+)\}\}", each["legendFormat"])) <= {
            label for names in re.findall(r"\bby \(([\w, ]+)\)", each["expr"]) for label in names.split(", ")
        }


def test_panels_fill_the_width_and_do_not_lie_over_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = set(
            itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))
        )
        assert not taken & cells
        taken |= cells
    height = max(y for _, y in taken) + 1
    assert taken == set(itertools.product(range(24), range(height)))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_the_rows_are_those_of_the_page() -> None:
    rows = [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"]
    assert rows == re.findall(r"^### (\w+)$", PAGE, flags=re.MULTILINE)


def test_data_source_and_servers_can_be_chosen() -> None:
    variables = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
    assert variables.keys() == {"datasource", "server"}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")
    assert variables["server"]["query"]["query"] == "label_values(skill_arcade_build_info, instance)"
    assert variables["server"]["multi"]
    assert variables["server"]["includeAll"]


def test_the_dashboard_can_be_imported_anywhere() -> None:
    assert DASHBOARD["id"] is None
    assert DASHBOARD["uid"] == "skill-arcade"
    assert DASHBOARD["schemaVersion"] >= 36


# --- the alerts ---


def test_every_alert_says_what_is_wrong_and_where() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule["labels"].keys() == {"severity"}
        assert "{{ $labels.instance }}" in rule["annotations"]["summary"]
        assert rule["annotations"].keys() == {"summary", "description"}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool, which comes with Prometheus, is not installed")
def test_alerts_fire_when_they_should() -> None:
    cases = Path(__file__).with_name("alerts_cases.yaml")
    run = subprocess.run(["promtool", "test", "rules", cases], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
