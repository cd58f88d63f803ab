"""The process of one session: a plain blocking loop around `Play`, its Unix socket and its lifeline to the supervisor.

It never touches the database or the network. It ends when the episode has ended, when the supervisor is gone, or when
nobody has been connected for a while; in the latter two cases the episode can be resumed from its journal.
"""

from __future__ import annotations

import json
import logging
import os
import select
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from skill_arcade.domain.errors import NotReproducible, RecordingError, SkillArcadeError
from skill_arcade.games.simulation import Simulation
from skill_arcade.recorder.journal import JournalWriter, is_locked, journal_path
from skill_arcade.recorder.reading import Adoption, find_next_epoch, read_episode_journal
from skill_arcade.recorder.records import RecordKind
from skill_arcade.sessions.clocks import Clock, SystemClock, format_utc, read_boot_id
from skill_arcade.sessions.conversation import Attachment
from skill_arcade.sessions.ledger import Ledger
from skill_arcade.sessions.local_connection import LocalConnection
from skill_arcade.sessions.play import Play
from skill_arcade.sessions.provenance import complete_provenance
from skill_arcade.sessions.rebuild import replay_steps, start_point
from skill_arcade.sessions.rules import Rules
from skill_arcade.sessions.safety import SafetyFile
from skill_arcade.sessions.spec import Places, SessionLimits, SessionSpec
from skill_arcade.sessions.stage import StartPoint, observation_bytes
from skill_arcade.wire.local import LocalKind
from skill_arcade.wire.picture import encode_change, picture_words

NS_PER_S = 1_000_000_000
BEAT_INTERVAL_S = 1.0
"""How often a session tells the supervisor that it is alive; one that is silent for long hangs in its environment."""

LOCK_PATIENCE_S = 5.0
"""How long a taker-over waits for the old writer's lock: the kernel frees it when the dead process is reaped."""

_FAREWELL_S = 1.0

log = logging.getLogger(__name__)


class Lifeline:
    """The session's line to the supervisor: JSON lines one way; when the other end closes, the supervisor is gone."""

    def __init__(self, line: socket.socket) -> None:
        line.setblocking(False)
        self._line = line
        self._beat_due_ns = 0

    def fileno(self) -> int:
        """For select: readable means closed, since the supervisor never writes."""
        return self._line.fileno()

    def tell(self, **facts: Any) -> None:
        """Tell the supervisor something. If it does not read, it is gone or will miss a beat: neither is ours to mend."""
        try:
            self._line.send(json.dumps(facts).encode() + b"\n")
        except OSError:
            log.debug("the supervisor does not read")

    def beat(self, now_ns: int, n_steps: int) -> None:
        """Tell, once in a while, that the session is alive."""
        if now_ns >= self._beat_due_ns:
            self._beat_due_ns = now_ns + round(BEAT_INTERVAL_S * NS_PER_S)
            self.tell(beat=n_steps)


def run_session(
    spec: SessionSpec,
    simulation: Simulation,
    rules_of: Callable[[Mapping[str, Any], Simulation], Rules],
    places: Places,
    limits: SessionLimits,
    line: socket.socket,
) -> None:
    """Play one episode in this process until it is over or put aside.

    Args:
        spec: which.
        simulation: opened, for the game of `spec`; it is reset here.
        rules_of: (game definition, simulation) to the session's rules.
        places: where journals and sockets are.
        limits: how long it may be unattended.
        line: the lifeline.
    """
    lifeline = Lifeline(line)
    try:
        play, writer = open_play(spec, simulation, rules_of, places, limits, SystemClock())
    except SkillArcadeError as error:
        code = "not_resumable" if isinstance(error, NotReproducible) else "failed"
        lifeline.tell(failed=str(error), code=code)
        return
    path = places.session_socket(spec.episode_id)
    with _listen(path) as listener:
        lifeline.tell(ready=True, pid=os.getpid())
        _Loop(play, listener, lifeline, limits).run()
    path.unlink(missing_ok=True)
    writer.close()
    lifeline.tell(over="ended" if play.is_over else "suspended", n_steps=play.n_steps)


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(4)
    listener.setblocking(False)
    return listener


# ------------------------------------------------------------------------------------------------- opening an episode


def open_play(
    spec: SessionSpec,
    simulation: Simulation,
    rules_of: Callable[[Mapping[str, Any], Simulation], Rules],
    places: Places,
    limits: SessionLimits,
    clock: Clock,
) -> tuple[Play, JournalWriter]:
    """Begin the episode's next epoch and the play in it.

    Raises:
        SkillArcadeError: it cannot be begun, or not be resumed; the sentence says why.
    """
    folder = places.journal_folder(spec.episode_id)
    boot = read_boot_id()
    if spec.provenance is not None:
        provenance = complete_provenance(spec.provenance, simulation)
        simulation.reset(int(provenance["seed"]), int(provenance["noop_starts"]))
        adoption = None
        start = StartPoint(str(spec.episode_id), 1, 0, boot, lives=simulation.lives())
        gap_ns = None
    else:
        _await_free(folder)
        journal = read_episode_journal(folder)
        if journal.end is not None:
            raise RecordingError("This episode has ended.")
        newest = replay_steps(simulation, journal)
        provenance, adoption = journal.provenance, journal.adopted[-1]
        start = start_point(
            journal,
            newest,
            epoch=find_next_epoch(folder),
            server_boot=boot,
            lives=simulation.lives(),
        )
        gap_ns = _gap_ns(journal.segments[-1], boot, newest.t_tick_ns if newest else None, clock)
    writer = JournalWriter.create(folder, spec.episode_id, start.epoch)
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
    )
    return play, writer


def _await_free(folder: Path) -> None:
    """Wait until no other process may write this episode's newest journal (REC-32)."""
    newest = max(folder.glob("*.journal"), default=journal_path(folder, 1))
    deadline_s = time.monotonic() + LOCK_PATIENCE_S
    while is_locked(newest):
        if time.monotonic() > deadline_s:
            raise RecordingError("This episode is being played by another process.")
        time.sleep(0.01)


def _gap_ns(last: Mapping[str, Any], boot: str, tick_ns: int | None, clock: Clock) -> int | None:
    """Time since the newest step: by the monotonic clock within one boot, else by UTC (REC-18)."""
    if tick_ns is None:
        return None
    if last["server_boot"] == boot:
        return clock.monotonic_ns() - tick_ns
    tick_utc_ns: int = last["utc_ns"] + tick_ns - last["monotonic_ns"]
    return clock.utc_ns() - tick_utc_ns


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
    utc_ns = clock.utc_ns()
    ledger.add_json(
        RecordKind.OPEN,
        {
            "format": 1,
            "episode_id": str(episode_id),
            "epoch": start.epoch,
            "adopts": adoption.to_json() if adoption is not None else None,
            "created_utc": format_utc(utc_ns),
            "provenance": dict(provenance),
        },
    )
    ledger.add_json(
        RecordKind.SEGMENT,
        {
            "segment": start.segment,
            "epoch": start.epoch,
            "server_boot": start.server_boot,
            "page_load": None,
            "first_step": start.n_steps,
            "utc_ns": utc_ns,
            "monotonic_ns": clock.monotonic_ns(),
            "cause": "start" if adoption is None else "session_rebuilt",
            "gap_ns": gap_ns,
            "client": None,
            "client_us": None,
            "client_utc_ms": None,
            "clock_step_us": None,
        },
    )
    change = encode_change(picture_words(simulation.picture()), None)
    ledger.add_picture(start.n_steps, True, change, observation_bytes(simulation))
    ledger.flush()


# ------------------------------------------------------------------------------------------------------------ the loop


class _Loop:
    """Waits for what comes first: bytes of a gateway, a new gateway, the next deadline, the end of the supervisor."""

    def __init__(
        self, play: Play, listener: socket.socket, lifeline: Lifeline, limits: SessionLimits
    ) -> None:
        self._play = play
        self._listener = listener
        self._lifeline = lifeline
        self._linger_ns = round(limits.linger_s * NS_PER_S)
        self._connections: list[LocalConnection] = []
        self._attached: LocalConnection | None = None

    def run(self) -> None:
        """Until the episode is over or put aside."""
        while not self._play.is_over:
            now_ns = time.monotonic_ns()
            self._lifeline.beat(now_ns, self._play.n_steps)
            since_ns = self._play.unattended_since_ns
            if since_ns is not None and now_ns - since_ns > self._linger_ns:
                break
            if not self._turn(max(0, self._play.wake_at_ns - now_ns)):
                self._play.suspend()
                break
        self._say_farewell()

    def _turn(self, timeout_ns: int) -> bool:
        """Wait once, and do what came; False when the supervisor is gone."""
        # select and not epoll: its timeout is in microseconds, epoll's is rounded up to a whole millisecond.
        readable, writable, _ = select.select(
            [self._listener, self._lifeline, *self._connections],
            [c for c in self._connections if c.is_congested],
            [],
            timeout_ns / NS_PER_S,
        )
        for source in readable:
            if source is self._lifeline:
                return False
            if source is self._listener:
                self._accept()
            else:
                self._read(source)
        for connection in writable:
            connection.flush()
        self._forget_gone()
        self._play.wake()
        return True

    def _accept(self) -> None:
        accepted, _ = self._listener.accept()
        self._connections.append(LocalConnection(accepted))

    def _read(self, connection: LocalConnection) -> None:
        for message in connection.read():
            if message.kind is LocalKind.ATTACH:
                facts = json.loads(message.body)
                self._play.attach(connection, Attachment(facts["resume_token"], facts["reattached"]))
                self._attached = connection
            elif message.kind is LocalKind.TEXT and connection is self._attached:
                self._play.receive(message.body)

    def _forget_gone(self) -> None:
        for connection in [c for c in self._connections if c.is_gone]:
            self._connections.remove(connection)
            if connection is self._attached:
                self._attached = None
                self._play.detach()

    def _say_farewell(self) -> None:
        """Give the last words a moment to leave."""
        deadline_s = time.monotonic() + _FAREWELL_S
        while any(c.is_congested for c in self._connections) and time.monotonic() < deadline_s:
            select.select([], [c for c in self._connections if c.is_congested], [], 0.05)
            for connection in self._connections:
                connection.flush()
