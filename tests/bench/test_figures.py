from __future__ import annotations

import argparse
import json
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from skill_arcade.bench.figures import Figure, Report, percentile
from skill_arcade.bench.served import DidNotHappen
from skill_arcade.cli import bench
from skill_arcade.domain.errors import SkillArcadeError

MET = Figure("on the wire", 150.0, "bytes", 160.0, 100.0)
MISSED = Figure("on the wire", 170.0, "bytes", 160.0, 100.0)
UNMEASURED = Figure("lost", None, "episodes", 0, 0)
FREE = Figure("bare act", None, "µs")


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


class Benchmark:
    """Comes to figures without measuring anything, or to an error.

    Attributes:
        was_quick: how it was asked to measure, each time.
        on_sigterm: what SIGTERM did meanwhile, each time.
    """

    def __init__(self, report: Report, error: Exception | None = None) -> None:
        self._report, self._error = report, error
        self.was_quick: list[bool] = []
        self.on_sigterm: list[object] = []

    def measure(self, *, quick: bool) -> Report:
        self.was_quick.append(quick)
        self.on_sigterm.append(signal.getsignal(signal.SIGTERM))
        if self._error is not None:
            raise self._error
        return self._report


def run_benchmark(monkeypatch: pytest.MonkeyPatch, benchmark: Benchmark, *options: str) -> int:
    """The exit status of `skill-arcade bench frames` with these options, where it measures that."""
    modules = {"skill_arcade.bench.frames": SimpleNamespace(measure=benchmark.measure)}
    monkeypatch.setattr(bench, "import_module", modules.__getitem__)
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    return bench.run(parser.parse_args(["frames", *options]))


def make_report(*figures: Figure) -> Report:
    report = Report("frames", play_s=10.0)
    report.add(*figures)
    return report


@pytest.mark.parametrize(
    ("figures", "status", "complaints"),
    [
        ((MET, FREE), 0, ""),
        ((MISSED, FREE), 1, "on the wire must be 160.0, and is 170.\n"),
        ((MET, UNMEASURED), 1, "lost must be 0, and was not measured.\n"),
        ((MISSED, UNMEASURED), 1, "on the wire must be 160.0, and is 170.\nlost must be 0, and was not measured.\n"),
    ],
    ids=["all met", "one missed", "one not measured", "two missed"],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_ends_with_1_when_a_figure_is_missed_and_says_which(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    figures: tuple[Figure, ...],
    status: int,
    complaints: str,
    as_json: bool,
) -> None:
    report = make_report(*figures)
    assert run_benchmark(monkeypatch, Benchmark(report), *(["--json"] if as_json else [])) == status
    said = capsys.readouterr()
    assert said.err == complaints
    if as_json:
        assert_is_told(json.loads(said.out), figures)
    else:
        assert said.out == report.to_text() + "\n"


def assert_is_told(told: dict[str, Any], figures: tuple[Figure, ...]) -> None:
    """All of standard output is one object, and every figure in it has what docs/reference/bench.md promises."""
    assert told["benchmark"] == "frames"
    assert told["conditions"] == {"play_s": 10.0}
    assert {"machine", "versions", "commit", "began_utc"} <= told.keys()
    assert told["figures"] == [each.to_json() for each in figures]
    for figure in told["figures"]:
        assert figure.keys() >= {"name", "value", "unit", "must", "goal", "better", "met"}


@pytest.mark.parametrize("figure", [MET, MISSED], ids=["met", "missed"])
def test_what_is_saved_is_the_object_that_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, figure: Figure
) -> None:
    folder = tmp_path / "made" / "when it is wanted"
    run_benchmark(monkeypatch, Benchmark(make_report(figure)), "--json", "--save", str(folder))
    told = json.loads(capsys.readouterr().out)
    (saved,) = folder.iterdir()
    assert saved.name == f"{told['began_utc'][:10]}-frames.json"
    assert json.loads(saved.read_text(encoding="utf-8")) == told


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    benchmark = Benchmark(make_report(MET))
    with pytest.raises(SkillArcadeError, match="Results cannot be stored in"):
        run_benchmark(monkeypatch, benchmark, "--save", str(tmp_path / "file" / "results"))
    assert benchmark.was_quick == []


@pytest.mark.parametrize("quick", [True, False])
def test_a_hurry_is_handed_on(monkeypatch: pytest.MonkeyPatch, quick: bool) -> None:
    benchmark = Benchmark(make_report(MET))
    run_benchmark(monkeypatch, benchmark, *(["--quick"] if quick else []))
    assert benchmark.was_quick == [quick]


@pytest.mark.parametrize("error", [None, DidNotHappen("no server")], ids=["measured", "failed"])
def test_sigterm_is_ctrl_c_while_something_is_measured_and_afterwards_what_it_was(
    monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    former, benchmark = signal.getsignal(signal.SIGTERM), Benchmark(make_report(MET), error)
    assert former is not signal.default_int_handler
    try:
        run_benchmark(monkeypatch, benchmark)
    except DidNotHappen:
        assert error is not None
    assert benchmark.on_sigterm == [signal.default_int_handler]
    assert signal.getsignal(signal.SIGTERM) is former
