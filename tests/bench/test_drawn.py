from __future__ import annotations

from importlib.machinery import ModuleSpec
from typing import Any

import pytest

from skill_arcade.bench import browser
from skill_arcade.bench.drawn import measure_drawn_share, measure_key_to_drawn_us
from skill_arcade.cli import main
from skill_arcade.domain.errors import SkillArcadeError


def make_step(input_seq: int, drawn_us: int | None, segment: int | None = 1) -> dict[str, Any]:
    return {"input_seq": input_seq, "drawn_at_client_us": drawn_us, "drawn_segment": segment}


def make_key(seq: int, at_us: int, kind: str = "down", applied_step: int | None = 0) -> dict[str, Any]:
    return {"kind": kind, "seq": seq, "t_client_us": at_us, "applied_step": applied_step, "segment": 1}


def test_a_key_is_answered_by_the_first_drawn_picture_that_knows_of_it() -> None:
    """LIVE-33, LIVE-52: both times are the client's own."""
    steps = [make_step(0, 1_000), make_step(2, None, None), make_step(2, 18_000), make_step(3, 34_000)]
    keys = [make_key(3, 19_000, "up"), make_key(1, 500), make_key(2, 2_000)]
    assert measure_key_to_drawn_us(keys, steps) == [17_500, 16_000, 15_000]
    assert measure_drawn_share(steps) == (3, 4)


@pytest.mark.parametrize(
    "key",
    [
        make_key(1, 500, applied_step=None),
        make_key(1, 500, kind="pointer"),
        make_key(2, 500),
        {**make_key(1, 500), "segment": 0},
    ],
    ids=["it made no step", "it is no key", "no picture knows of it", "the clock is another page's"],
)
def test_a_key_that_cannot_be_measured_is_left_out(key: dict[str, Any]) -> None:
    assert measure_key_to_drawn_us([key], [make_step(1, 9_000)]) == []


def test_without_playwright_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def find_nothing(_name: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(browser, "find_spec", find_nothing)
    with pytest.raises(SkillArcadeError, match="pip install playwright"):
        browser.require_browser()
    assert main.main(["bench", "latency", "--quick"]) == 1
    assert "playwright: run `pip install playwright`" in capsys.readouterr().err
