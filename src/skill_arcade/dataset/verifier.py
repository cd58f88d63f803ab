"""Verifies episodes in other processes, which an environment may take along when it dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from queue import LifoQueue
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Self

from skill_arcade.dataset.episode import Episode
from skill_arcade.dataset.journal_source import JournalSource
from skill_arcade.dataset.verification import VerificationResult, judge_unplayed, unverifiable
from skill_arcade.dataset.verify_order import FAILED, GAVE_UP, Order
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import RecordingError, SkillArcadeError
from skill_arcade.games.environments import warm
from skill_arcade.recorder.damage_told import add_damage, find_damage_told, tell_damage

_MOST_AT_ONCE = 8
_START_LIMIT_S = 120.0
_STEP_LIMIT_S = 0.05

# A fork copies one thread. pyarrow starts another for an allocator that it does not use by default.
_ENVIRONMENT = {
    **warm.ENVIRONMENT,
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    # Of the one that it uses: what is freed is used again, and not given back and zeroed by the kernel each time.
    "MIMALLOC_PURGE_DELAY": "-1",
    # And it is taken by the page: by two megabytes at a time, a replay takes three times as much, and no less time.
    "MIMALLOC_ALLOW_THP": "0",
}

_ASKED_TO_END = (GAVE_UP, -signal.SIGTERM)
"""Exit statuses of the process that verifies: SIGTERM may come before it can answer to that."""


class VerifyingStopped(SkillArcadeError):
    """Verifying ended before it was done, by no doing of the episode's: nothing is known of it."""


_ENDED_FROM_OUTSIDE = (-signal.SIGTERM, -signal.SIGKILL)
"""How a replay ends whose service is being stopped, or when memory runs out; an environment can end so too."""


class _CutShort(Exception):
    """A replay ended in a way that says nothing yet: once more may show more.

    Attributes:
        detail: what is to be told if it comes to this again.
        is_verdict: that is then said of the episode, since its environment may have ended the process.
    """

    def __init__(self, detail: str, *, is_verdict: bool) -> None:
        self.detail, self.is_verdict = detail, is_verdict
        super().__init__(detail)


class Verifier:
    """Verifies one episode after another; whoever has many to verify keeps one, and closes it.

    Replays happen in forks of a process that is started with the first episode and stays (`verify_child`): starting
    Python and loading a game takes longer than replaying a short episode.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: Connection | None = None
        self._is_killed = False
        self._starting = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process. The next episode starts another."""
        if self._orders is not None:
            self._orders.close()
            self._orders = None
        if self._process is not None:
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """End whatever is being replayed, from another thread than the one that waits for it; then `close`.

        No other episode is verified afterwards.
        """
        with self._starting:
            self._is_killed = True
            process = self._process
        if process is not None:
            process.terminate()

    def verify(self, episode: Episode, limit_s: float | None = None) -> VerificationResult:
        """Play a recording again and compare everything (REC-50); see `verify_episode`."""
        result = judge_unplayed(episode.info) or self._replay_up_to_twice(episode, limit_s)
        return replace(result, detail=add_damage(result.detail, _find_damage(episode)))

    def _replay_up_to_twice(self, episode: Episode, limit_s: float | None) -> VerificationResult:
        limit = limit_s if limit_s is not None else _START_LIMIT_S + _STEP_LIMIT_S * episode.n_steps
        # A replay whose process was ended from outside may go on for a moment, and write what nobody waits for.
        with TemporaryDirectory(prefix="skill-arcade-verify-", ignore_cleanup_errors=True) as temporary:
            folder = Path(temporary)
            local, environment = episode.source.copy_to(folder), episode.info.environment
            first, second = (
                Order(local, environment, folder / f"result-{n}.json", folder / f"last_words-{n}.txt", limit)
                for n in (1, 2)
            )
            try:
                return self._replay(first)
            except _CutShort:
                # Memory ran out, say, or a service is being stopped: what becomes of another replay shows it.
                pass
            try:
                return self._replay(second)
            except _CutShort as again:
                if not again.is_verdict:
                    raise VerifyingStopped(again.detail) from None
                return unverifiable(again.detail)

    def _replay(self, order: Order) -> VerificationResult:
        status = self._carry_out(order)
        if order.result.exists():
            return _parse_result(json.loads(order.result.read_text()))
        if status is None:
            return unverifiable(f"Replaying took longer than {order.limit_s:.0f} s.")
        last_words = _read_last_words(order)
        if status == FAILED:
            raise _CutShort(f"The episode could not be replayed here{last_words}", is_verdict=False)
        detail = f"The environment ended its process (exit status {status}){last_words}"
        if status in _ENDED_FROM_OUTSIDE:
            raise _CutShort(detail, is_verdict=True)
        return unverifiable(detail)

    def _carry_out(self, order: Order) -> int | None:
        """The exit status of the order's replay; None if that took too long."""
        process, orders = self._ensure_process()
        try:
            orders.send(order)
            status: int | None = orders.recv()
        except (EOFError, OSError):
            ended = process.wait()
        else:
            return status
        if self._is_killed or ended in _ASKED_TO_END:
            raise _stopped()
        if ended >= 0:
            # No environment is played in that process, and none can choose how it ends but by a signal.
            raise VerifyingStopped(f"The process that verifies failed (exit status {ended}); standard error says why.")
        detail = f"Replaying it ended the process that verifies, twice (exit status {ended})."
        raise _CutShort(detail, is_verdict=True)

    def _ensure_process(self) -> tuple[subprocess.Popen[bytes], Connection]:
        with self._starting:
            if self._is_killed:
                raise _stopped()
            if self._process is None or self._process.poll() is not None or self._orders is None:
                self.close()
                self._process, self._orders = _start()
            return self._process, self._orders


class VerifierPool:
    """As many verifiers as episodes may be replayed at a time, for threads that each take what is free.

    Attributes:
        n_at_once: how many.
    """

    def __init__(self, n_at_once: int | None = None) -> None:
        """Start nothing yet.

        Args:
            n_at_once: by default one for each core that this process may use, eight at most. Each takes up to 0.3 GB of
                memory, by the number of games.
        """
        self.n_at_once = n_at_once or self.count_by_cores()
        self._all = [Verifier() for _ in range(self.n_at_once)]
        # The one used last comes first: while one is enough, no other takes memory.
        self._idle = LifoQueue[Verifier]()
        for verifier in reversed(self._all):
            self._idle.put(verifier)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """End all processes; no thread may be verifying."""
        for verifier in self._all:
            verifier.close()

    @staticmethod
    def count_by_cores() -> int:
        """How many are of use: one for each core that this process may use, eight at most."""
        return min(_count_cores(), _MOST_AT_ONCE)

    def verify(self, episode: Episode, limit_s: float | None = None) -> VerificationResult:
        """See `verify_episode`; waits until a verifier is free."""
        verifier = self._idle.get()
        try:
            return verifier.verify(episode, limit_s)
        finally:
            self._idle.put(verifier)

    def kill(self) -> None:
        """End whatever is being replayed, from another thread than those that wait for it; nothing more is begun."""
        for verifier in self._all:
            verifier.kill()


def _find_damage(episode: Episode) -> str | None:
    """What its record tells of damaged journals: whatever replaying shows, that stays true (REC-13)."""
    if isinstance(episode.source, JournalSource):
        return tell_damage(episode.source.journal)
    return find_damage_told(episode.info.verification_detail)


def _count_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start() -> tuple[subprocess.Popen[bytes], Connection]:
    ours, theirs = Pipe()
    # -P, and our own path handed on: the process must find the very environments that this one would.
    command = [sys.executable, "-P", "-m", "skill_arcade.dataset.verify_child", str(theirs.fileno())]
    path = os.pathsep.join(part for part in sys.path if part)
    with theirs:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": path},
            pass_fds=[theirs.fileno()],
        )
    return process, ours


def _stopped() -> VerifyingStopped:
    return VerifyingStopped("Verifying was stopped before it was done: verify the episode again.")


def _parse_result(members: dict[str, Any]) -> VerificationResult:
    if "unreadable" in members:
        raise RecordingError(members["unreadable"])
    return VerificationResult(**{**members, "verification": Verification(members["verification"])})


def _read_last_words(order: Order) -> str:
    words = order.last_words.read_text(errors="replace").strip().splitlines() if order.last_words.exists() else []
    return f": {words[-1][:200]}" if words else ""
