"""Whether everything that a benchmark recorded can be made again, bit for bit: `skill-arcade verify --all`."""

from __future__ import annotations

import json

from skill_arcade.bench.figures import Figure
from skill_arcade.bench.served import DidNotHappen, Server
from skill_arcade.domain.episode import Verification

_PATIENCE_S = 3600.0
_MISMATCH_STATUS = 3

_AS_RECORDED = (Verification.VERIFIED, Verification.PENDING)
"""All is as it was recorded: of an episode that was played to its end, and of one that was not."""


def count_mismatches(server: Server) -> int:
    """Stop the server, and verify every episode in its folder; how many could not be made again.

    Those that led elsewhere than their recording, and those of which that is not known: all games of the benchmarks are
    deterministic, so that an episode is `unverifiable` only if its replay died, took too long or could not begin.

    Raises:
        DidNotHappen: the command failed, or there was nothing to be verified.
    """
    # What it was about to seal is verified as journals: nobody takes these away now.
    server.kill_everything()
    result = server.run_cli("verify", "--all", "--json", patience_s=_PATIENCE_S)
    if result.returncode not in (0, _MISMATCH_STATUS):
        raise DidNotHappen(f"`verify --all` ended with {result.returncode}\n{result.stderr[-2000:]}")
    verdicts = [each["verification"] for each in json.loads(result.stdout)]
    if Verification.VERIFIED not in verdicts:
        raise DidNotHappen("`verify --all` verified no episode")
    return sum(each not in _AS_RECORDED for each in verdicts)


def mismatch_figure(n_mismatches: int) -> Figure:
    """As it is told."""
    return Figure("episodes that `verify --all` cannot make again", n_mismatches, "episodes", 0, 0)
