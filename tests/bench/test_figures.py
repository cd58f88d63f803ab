from __future__ import annotations

import argparse
from types import SimpleNamespace

import pytest

from skill_arcade.bench.figures import Figure, Report, percentile
from skill_arcade.cli import bench


@pytest.mark.parametrize(
    ("value", "better", "met"),
    [
        (3.1, "lower", "no"),
        (3.0, "lower", "must"),
        (1.9, "lower", "goal"),
        (None, "lower", "no"),
        (89, "higher", "no"),
        (90, "higher", "must"),
        (125, "higher", "goal"),
    ],
)
def test_a_figure_keeps_what_it_must_or_its_goal_or_neither(value: float | None, better: str, met: str) -> None:
    must, goal = (3.0, 1.9) if better == "lower" else (90, 125)
    assert Figure("players", value, "", must, goal, better).met == met  # type: ignore[arg-type]


def test_a_figure_without_bounds_is_only_told() -> None:
    assert Figure("bare act", 100.0, "µs").met is None


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert [percentile([4.0, 1.0, 3.0, 2.0], percent) for percent in (50, 51, 100)] == [2.0, 3.0, 4.0]
    assert percentile([], 50) is None


def test_a_report_tells_the_machine_the_versions_and_what_was_missed() -> None:
    report = Report("density", n_players=2)
    report.add(Figure("good", 1.0, "ms", 2.0, 0.5), Figure("bad", 3.123456, "ms", 2.0), Figure("free", None, "ms"))
    told = report.to_json()
    assert told["conditions"] == {"n_players": 2}
    assert {"cpu", "cores", "memory_gib", "load_1min"} <= told["machine"].keys()
    assert told["versions"]["python"]
    assert [figure["met"] for figure in told["figures"]] == ["must", "no", None]
    assert [figure.name for figure in report.misses] == ["bad"]
    assert "3.1235" in report.to_text()


def test_the_command_ends_with_1_when_a_figure_is_missed_and_says_which(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report("frames")
    report.add(Figure("on the wire", 170.0, "bytes", 160.0, 100.0), Figure("lost", None, "episodes", 0, 0))
    monkeypatch.setattr(bench, "import_module", lambda _: SimpleNamespace(measure=lambda quick: report))
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    assert bench.run(parser.parse_args(["frames", "--quick"])) == 1
    assert capsys.readouterr().err == (
        "on the wire must be 160.0, and is 170.\nlost must be 0, and was not measured.\n"
    )
