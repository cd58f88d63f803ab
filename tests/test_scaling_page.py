from __future__ import annotations

from pathlib import Path

from benchmarks.scaling import describe_kept, describe_sizes

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "scaling.md"


def test_the_page_about_scaling_says_what_the_arithmetic_says() -> None:
    text = PAGE.read_text()
    assert "\n".join(describe_sizes()) in text
    assert "\n".join(describe_kept()) in text
