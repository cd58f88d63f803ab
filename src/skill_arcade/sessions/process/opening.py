"""Begins an episode, or its next epoch: environment in place, journal opened, first records written."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

from skill_arcade.domain.errors import RecordingError
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.recorder.adoption import Adoption
from skill_arcade.recorder.chain import find_next_epoch
from skill_arcade.recorder.entries import SegmentStart, open_entry, segment_entry
from skill_arcade.recorder.gap import compute_gap_ns
from skill_arcade.recorder.journal import JournalWriter, is_locked, journal_path
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.records import RecordKind
from skill_arcade.sessions.play.clocks import Clock, format_utc, read_boot_id
from skill_arcade.sessions.play.ledger import Ledger
from skill_arcade.sessions.play.play import Play
from skill_arcade.sessions.play.rules import Rules
from skill_arcade.sessions.play.stage import StartPoint, observation_bytes
from skill_arcade.sessions.process.provenance import complete_provenance
from skill_arcade.sessions.process.rebuild import replay_steps, start_point
from skill_arcade.sessions.process.safety import SafetyFile
from skill_arcade.sessions.process.step_mark import StepMark
from skill_arcade.sessions.spec import Places, SessionLimits, SessionSpec
from skill_arcade.wire.picture import encode_change, picture_words

RulesOf = Callable[[Mapping[str, Any], Simulation], Rules]
"""(game definition, simulation) to the session's rules."""

LOCK_PATIENCE_S = 5.0
"""How long a taker-over waits for the old writer's lock: the kernel frees it when the dead process is reaped."""


class AlreadyEnded(RecordingError):
    """The episode whose play was to be opened is over."""


def open_play(
    spec: SessionSpec,
    simulation: Simulation,
    rules_of: RulesOf,
    facts: Mapping[str, Any],
    places: Places,
    limits: SessionLimits,
    clock: Clock,
    grid_ns: int,
    n_made: int | None = None,
) -> tuple[Play, JournalWriter]:
    """Begin the episode's next epoch and the play in it.

    Args:
        spec: which.
        simulation: opened, for the game of `spec`; it is reset here, unless `n_made` is given.
        rules_of: (game definition, simulation) to the session's rules.
        facts: of the environment, for the provenance.
        places: where journals and sockets are.
        limits: how long things may take.
        clock: server time.
        grid_ns: see `Pacer`.
        n_made: of an episode that is resumed, how many of its steps `simulation` has made already.

    Raises:
        AlreadyEnded: its end is in the journal.
        SkillArcadeError: it cannot be begun, or not be resumed; the sentence says why.
    """
    folder = places.journal_folder(spec.episode_id)
    boot = read_boot_id()
    provenance: Mapping[str, Any]
    if spec.provenance is not None:
        simulation.reset(int(spec.provenance["seed"]), int(spec.provenance["noop_starts"]))
        provenance = complete_provenance(spec.provenance, simulation, facts)
        adoption = None
        # Epoch 2 if a process was killed before the OPEN of epoch 1 was whole: nothing was shown of it.
        start = StartPoint(str(spec.episode_id), find_next_epoch(folder), 0, boot, lives=simulation.lives())
        gap_ns = None
    else:
        _await_free(folder)
        journal = read_episode_journal(folder)
        if journal.end is not None:
            raise AlreadyEnded("This episode has ended.")
        rebuilt = replay_steps(simulation, journal, n_made)
        newest = rebuilt.newest
        provenance = {**journal.provenance, "packages": facts["packages"]}
        adoption = journal.adopted[-1]
        now_ns = clock.monotonic_ns()
        gap_ns = compute_gap_ns(
            journal.last_step_segment, newest.t_tick_ns if newest else None, boot, clock.utc_ns(), now_ns
        )
        start = start_point(
            journal,
            rebuilt,
            epoch=find_next_epoch(folder),
            server_boot=boot,
            lives=simulation.lives(),
            last_tick_ns=None if gap_ns is None else now_ns - gap_ns,
        )
    writer = JournalWriter.create(folder, spec.episode_id, start.epoch)
    # The process may go on without this episode, and is not to keep the lock of a journal that it does not write.
    with ExitStack() as undo:
        undo.callback(writer.close)
        ledger = Ledger(writer)
        _open_epoch(ledger, spec.episode_id, provenance, adoption, start, gap_ns, simulation, clock)
        play = Play(
            rules=rules_of(provenance["game"], simulation),
            simulation=simulation,
            ledger=ledger,
            safety=SafetyFile(folder),
            clock=clock,
            start=start,
            abandon_after_s=limits.abandon_after_s,
            recording=provenance.get("recording", True),
            mark=StepMark(folder),
            grid_ns=grid_ns,
        )
        # What it notes of its own beginning.
        ledger.flush()
        undo.pop_all()
    return play, writer


def _await_free(folder: Path) -> None:
    """Wait until no other process may write this episode's newest journal (REC-32)."""
    newest = max(folder.glob("*.journal"), default=journal_path(folder, 1))
    deadline_s = time.monotonic() + LOCK_PATIENCE_S
    while is_locked(newest):
        if time.monotonic() > deadline_s:
            raise RecordingError("This episode is being played by another process.")
        time.sleep(0.01)


def _open_epoch(
    ledger: Ledger,
    episode_id: UUID,
    provenance: Mapping[str, Any],
    adoption: Adoption | None,
    start: StartPoint,
    gap_ns: int | None,
    simulation: Simulation,
    clock: Clock,
) -> None:
    """OPEN, SEGMENT and the first picture of an epoch (REC-16, REC-17)."""
    created_utc = format_utc(clock.utc_ns())
    ledger.add_json(RecordKind.OPEN, open_entry(episode_id, start.epoch, adoption, created_utc, provenance))
    segment = SegmentStart(
        segment=start.segment,
        epoch=start.epoch,
        server_boot=start.server_boot,
        first_step=start.n_steps,
        cause="start" if adoption is None else "session_rebuilt",
        gap_ns=gap_ns,
    )
    ledger.add_json(RecordKind.SEGMENT, segment_entry(segment, clock.utc_ns(), clock.monotonic_ns()))
    change = encode_change(picture_words(simulation.picture()), None)
    ledger.add_picture(start.n_steps, change, observation_bytes(simulation), key=True)
    ledger.flush()
