"""Every numbered rule of the protocol is quoted by a test, and no test quotes a rule that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RULE = re.compile(r"\*\*((?:LIVE|REC)-\d+)\*\*")
QUOTE = re.compile(r"(?:LIVE|REC)-\d+")


def rules_of(page: str) -> list[str]:
    return RULE.findall((ROOT / "protocol" / page).read_text())


def quoted_in_tests() -> dict[str, set[str]]:
    """Rule to the test files that quote it; vectors count where a test runs them."""
    files = [p for p in (ROOT / "tests").rglob("*.py") if p != Path(__file__)]
    files += (ROOT / "web" / "src").rglob("*.test.ts*")
    files += list((ROOT / "protocol" / "vectors").glob("live-*.json"))
    quotes: dict[str, set[str]] = {}
    for file in files:
        for rule in QUOTE.findall(file.read_text()):
            quotes.setdefault(rule, set()).add(file.name)
    return quotes


@pytest.mark.parametrize("page", ["LIVE.md", "RECORDING.md"])
def test_every_rule_is_quoted_by_a_test(page: str) -> None:
    quotes = quoted_in_tests()
    missing = [rule for rule in rules_of(page) if rule not in quotes]
    assert not missing, f"no test quotes {', '.join(missing)}"


def test_no_test_quotes_a_rule_that_is_not_there() -> None:
    known = {*rules_of("LIVE.md"), *rules_of("RECORDING.md")}
    unknown = {rule: files for rule, files in quoted_in_tests().items() if rule not in known}
    assert not unknown


@pytest.mark.parametrize("page", ["LIVE.md", "RECORDING.md"])
def test_no_rule_number_is_used_twice(page: str) -> None:
    rules = rules_of(page)
    assert len(rules) == len(set(rules))
