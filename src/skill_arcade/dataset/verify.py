"""Verifying an episode in a process of its own, which an environment may take along when it dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from skill_arcade.archive.layout import Table
from skill_arcade.archive.store import BlobStore
from skill_arcade.dataset.dataset import open_journal_episode
from skill_arcade.dataset.episode import Episode
from skill_arcade.dataset.sealed_source import SealedSource
from skill_arcade.dataset.source import LocalEpisode
from skill_arcade.dataset.verification import VerificationResult
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.seal import seal_tables

_START_LIMIT_S = 120.0
_STEP_LIMIT_S = 0.05


def verify_episode(episode: Episode, limit_s: float | None = None) -> VerificationResult:
    """Play a recording again and compare everything (REC-50).

    Args:
        episode: sealed, unsealed, or running still (then PENDING is the best there is).
        limit_s: how long that may take; by default two minutes and 50 ms a step.

    Returns:
        UNVERIFIABLE also where the environment ended its process, or took too long.

    Raises:
        RecordingError: the recording cannot be read.
    """
    limit = limit_s if limit_s is not None else _START_LIMIT_S + _STEP_LIMIT_S * episode.n_steps
    with TemporaryDirectory(prefix="skill-arcade-verify-") as temporary:
        folder = Path(temporary)
        return _verify_in_child(episode.source.copy_to(folder), folder / "result.json", limit)


def verify_journal(folder: Path, limit_s: float | None = None) -> VerificationResult:
    """Verify the episode whose journals are in this folder; see `verify_episode`.

    Raises:
        EpisodeNotFound: no journal here has a complete OPEN.
        RecordingError: the recording cannot be read.
    """
    return verify_episode(open_journal_episode(folder), limit_s)


def verify_sealed_tables(folder: Path, store: BlobStore, limit_s: float | None = None) -> VerificationResult:
    """Verify what the first phase of sealing wrote, before `episodes` is written.

    Args:
        folder: the episode's journals.
        store: where `seal_tables` put the files; what is missing is put there first.
        limit_s: see `verify_episode`.

    Raises:
        RecordingError: the episode has not ended, or the recording cannot be read.
        StorageFull: the store has no room.
    """
    return verify_episode(_open_sealed_tables(folder, store), limit_s)


def is_sealed_as_written(folder: Path, store: BlobStore) -> bool:
    """Whether steps and pictures, read back from the sealed files, are bit for bit those of the journals (REC-37).

    Needs no environment, and so proves less than `verify_sealed_tables`.

    Args:
        folder: the episode's journals.
        store: where `seal_tables` put the files.

    Raises:
        RecordingError: the recording cannot be read.
    """
    written, sealed = open_journal_episode(folder), _open_sealed_tables(folder, store)
    if not sealed.source.read_table(Table.STEPS).equals(written.source.read_table(Table.STEPS)):
        return False
    return all(a == b for a, b in zip_longest(_frames_as_bytes(sealed), _frames_as_bytes(written)))


def _frames_as_bytes(episode: Episode) -> Iterator[tuple[int, bytes, bytes | None]]:
    for frame in episode.source.iterate_frames(0, episode.n_steps + 2):  # also one too many
        yield frame.step, frame.picture.tobytes(), frame.observation


def _open_sealed_tables(folder: Path, store: BlobStore) -> Episode:
    place = seal_tables(folder, store)
    unsealed = open_journal_episode(folder)
    return Episode(unsealed.id, SealedSource(store, place, unsealed.info.row, folder))


def _verify_in_child(local: LocalEpisode, result: Path, limit_s: float) -> VerificationResult:
    order = json.dumps({"episode": asdict(local), "result": str(result)})
    # -P, and our own path handed on: the child must find the very environments that this process would.
    command = [sys.executable, "-P", "-m", "skill_arcade.dataset.verify_child"]
    path = os.pathsep.join(part for part in sys.path if part)
    try:
        child = subprocess.run(
            command,
            input=order.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _unverifiable(f"Replaying took longer than {limit_s:.0f} s.")
    if not result.exists():
        words = child.stderr.decode(errors="replace").strip().splitlines()
        last_words = f": {words[-1][:200]}" if words else ""
        return _unverifiable(f"The environment ended its process (exit status {child.returncode}){last_words}")
    return _parse_result(json.loads(result.read_text()))


def _unverifiable(detail: str) -> VerificationResult:
    return VerificationResult(Verification.UNVERIFIABLE, detail, None, 0, 0)


def _parse_result(members: dict[str, Any]) -> VerificationResult:
    if "unreadable" in members:
        raise RecordingError(members["unreadable"])
    return VerificationResult(**{**members, "verification": Verification(members["verification"])})
