"""Which episodes cannot be made again, by what `skill-arcade verify --all --json` says of all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from typing_extensions import override

from skill_arcade.bench.served import DidNotHappen, Server
from skill_arcade.bench.verifying import count_mismatches, mismatch_figure


class RecordedServer(Server):
    """A server on whose recordings the command comes to the verdicts that a test says.

    Attributes:
        done: to it, in order.
    """

    def __init__(self, verdicts: Sequence[str], status: int) -> None:
        super().__init__(Path("data"), port=1)
        self._verdicts, self._status = verdicts, status
        self.done: list[str] = []

    @override
    def kill_everything(self) -> None:
        self.done.append("killed")

    @override
    def run_cli(self, *arguments: str, patience_s: float = 300.0) -> CompletedProcess[str]:
        self.done.append(" ".join(arguments))
        results = [{"episode_id": str(number), "verification": each} for number, each in enumerate(self._verdicts)]
        return CompletedProcess(arguments, self._status, json.dumps(results), "no room for that")


@pytest.mark.parametrize(
    ("verdicts", "status", "n_lost"),
    [
        (["verified", "verified"], 0, 0),
        (["verified", "pending"], 0, 0),
        (["verified", "mismatch", "pending", "unverifiable"], 3, 2),
        (["unverifiable", "verified", "unverifiable"], 0, 2),
        (["verified", "unreadable"], 3, 1),
    ],
)
def test_whatever_is_not_as_it_was_recorded_counts(verdicts: list[str], status: int, n_lost: int) -> None:
    """The command's exit status tells of mismatches only: a replay that died or hung is in the list alone."""
    server = RecordedServer(verdicts, status)
    assert count_mismatches(server) == n_lost
    assert server.done == ["killed", "verify --all --json"], "nobody seals meanwhile"


@pytest.mark.parametrize("verdicts", [[], ["pending", "unverifiable"]])
def test_if_nothing_was_verified_nothing_is_known(verdicts: list[str]) -> None:
    with pytest.raises(DidNotHappen, match="verified no episode"):
        count_mismatches(RecordedServer(verdicts, 0))


def test_a_command_that_failed_is_told_with_its_last_words() -> None:
    with pytest.raises(DidNotHappen, match="ended with 1\nno room for that"):
        count_mismatches(RecordedServer(["verified"], 1))


@pytest.mark.parametrize(("n_lost", "met"), [(0, "goal"), (1, "no")])
def test_none_may_be_lost(n_lost: int, met: str) -> None:
    assert mismatch_figure(n_lost).met == met
