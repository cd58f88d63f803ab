"""A seat of a room: one episode being played, its player's sockets, its line to the supervisor.

It never touches the database. It is left when the episode has ended, when the supervisor is gone, or when nobody has
been connected for a while; in the latter two cases the episode can be resumed from its journal.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from uuid import UUID

from skill_arcade.domain.log_line import about
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.recorder.journal import JournalWriter
from skill_arcade.sessions.play.conversation import Attachment
from skill_arcade.sessions.play.play import Play
from skill_arcade.sessions.process.doorstep import Doorstep
from skill_arcade.sessions.process.lifeline import NS_PER_S, Lifeline
from skill_arcade.sessions.process.listeners import Listeners
from skill_arcade.sessions.process.player_socket import PlayerSocket
from skill_arcade.sessions.spec import SessionLimits
from skill_arcade.wire.closes import Close
from skill_arcade.wire.limits import HELLO_TIMEOUT_S

MAX_SOCKETS = 16
"""How many may be there for one episode: that of its player, those of earlier clients, those that have said nothing."""

FAREWELL_NS = NS_PER_S
"""How long a player's socket has to take the last words."""

_ROUNDS_NS = NS_PER_S // 4

log = logging.getLogger(__name__)


class Seat:
    """One episode from the moment it can be attached to until its last word.

    Attributes:
        episode_id: the episode.
        simulation: its environment.
        due_ns: when `wake` wants to be called next, at the latest.
        is_left: nothing more will happen; everything is closed.
    """

    def __init__(
        self,
        episode_id: UUID,
        play: Play,
        writer: JournalWriter,
        simulation: Simulation,
        doorstep: Doorstep,
        lifeline: Lifeline,
        limits: SessionLimits,
        listeners: Listeners[Seat | None],
    ) -> None:
        """Wait for a player.

        Args:
            episode_id: the episode.
            play: of it.
            writer: of its journal.
            simulation: its environment.
            doorstep: where gateways leave sockets.
            lifeline: to the supervisor.
            limits: how long it may be unattended.
            listeners: of the room; the seat adds and removes its own.
        """
        self.episode_id = episode_id
        self.simulation = simulation
        self._play = play
        self._writer = writer
        self._doorstep = doorstep
        self._lifeline = lifeline
        self._linger_ns = round(limits.linger_s * NS_PER_S)
        self._listeners = listeners
        self._sockets: dict[int, PlayerSocket] = {}  # by their descriptors
        self._attached: PlayerSocket | None = None
        # Not watched, but read at every tick: what it says acts in a tick, and an awakening for it costs half a step.
        self._read_at_ticks: PlayerSocket | None = None
        # Sockets of which not a message has come: what the gateway said of each, and how long that may last.
        self._newcomers: dict[PlayerSocket, tuple[Attachment, int]] = {}
        self._n_closed = Counter[str]()  # sockets that have ended, by how they did
        self._rounds_due_ns = 0
        self._leave_by_ns: int | None = None
        self.due_ns = 0
        self.is_left = False
        listeners.add(doorstep.fileno(), self)
        listeners.add(lifeline.fileno(), self)

    def hear(self, number: int) -> None:
        """A descriptor of the seat is readable."""
        self.due_ns = 0
        if number in self._sockets:
            self._read(self._sockets[number])
        elif number == self._doorstep.fileno():
            self._accept()
        elif number == self._lifeline.fileno() and self._leave_by_ns is None:
            # The supervisor is gone, or wants this episode put aside.
            self._play.suspend(moved=self._lifeline.has_moved())
            self._leave()
        self._choose_watched()

    def flush(self, number: int) -> None:
        """A congested socket takes more."""
        self._sockets[number].flush()
        self._forget_gone()
        self._choose_watched()

    def wake(self, now_ns: int) -> None:
        """Do what is due, and what follows from what came."""
        if self._read_at_ticks is not None:
            self._read(self._read_at_ticks)
        if self._leave_by_ns is None:
            self._play.wake()
            self._forget_gone()
            if now_ns >= self._rounds_due_ns:
                self._make_rounds(now_ns)
            if self._play.is_over:
                self._leave()
        if self._leave_by_ns is None:
            # Where a tick comes soon the rounds wait for it: an awakening of its own costs as much as a step.
            due_ns = self._play.wake_at_ns
            self.due_ns = due_ns if due_ns < now_ns + _ROUNDS_NS else min(due_ns, self._rounds_due_ns)
        elif now_ns < self._leave_by_ns and any(each.is_closing for each in self._sockets.values()):
            self.due_ns = self._leave_by_ns
        else:
            self._close()
        self._choose_watched()

    def break_off(self) -> None:
        """Something of ours went wrong: close everything at once. The supervisor sees a session that died."""
        if self._leave_by_ns is None:
            self._let_nobody_in()
        self._let_go()

    @property
    def n_made(self) -> int | None:
        """Steps made, all of them in the journal; None where the disk is full, or the episode is being left."""
        return None if self._leave_by_ns is not None or self._play.has_unwritten else self._play.n_steps

    def forget(self) -> None:
        """Let go of everything but the simulation in a fork, so that the process that has it is alone with it."""
        for player in self._sockets.values():
            player.forget()
        self._doorstep.forget()
        self._writer.close()
        self._lifeline.close()

    # --- what comes ---

    def _accept(self) -> None:
        arrived = self._doorstep.take()
        if arrived is None:
            return
        accepted, attachment = arrived
        if len(self._sockets) >= MAX_SOCKETS:
            next(each for each in self._sockets.values() if each is not self._attached).abandon()
            self._forget_gone()
        player = PlayerSocket(accepted)
        number = player.fileno()
        self._sockets[number] = player
        self._listeners.add(number, self)
        self._newcomers[player] = attachment, time.monotonic_ns() + round(HELLO_TIMEOUT_S * NS_PER_S)

    def _read(self, player: PlayerSocket) -> None:
        messages = player.read()
        if self._leave_by_ns is None:
            for message in messages:
                self._take(player, message)
        self._forget_gone()

    def _take(self, player: PlayerSocket, message: bytes) -> None:
        # An earlier client plays on until the new one has said something (LIVE-26).
        if player in self._newcomers:
            attachment, _ = self._newcomers.pop(player)
            self._attached = player
            self._play.attach(player, attachment)
        if player is self._attached:
            self._play.receive(message, player.arrived_ns)

    def _forget_gone(self) -> None:
        # Nobody is there any more once a close was said, however long the other side takes to answer it.
        attached = self._attached
        if attached is not None and (attached.is_closing or attached.is_gone):
            self._attached = None
            self._play.detach()
        for number, player in list(self._sockets.items()):
            if player.is_gone:
                self._n_closed[player.ending] += 1
                del self._sockets[number]
                self._listeners.remove(number)
                self._newcomers.pop(player, None)

    def _choose_watched(self) -> None:
        """Watch every socket, but not the player's while ticks follow one another."""
        ticks = self._leave_by_ns is None and self._play.hears_at_ticks
        chosen = self._attached if ticks else None
        if chosen is not self._read_at_ticks:
            for number, player in self._sockets.items():
                if player is self._read_at_ticks:
                    self._listeners.add(number, self)
                elif player is chosen:
                    self._listeners.remove(number)
            self._read_at_ticks = chosen
        for number, player in self._sockets.items():
            if player.is_congested:
                self._listeners.expect_room(number, self)

    # --- what is done a few times a second ---

    def _make_rounds(self, now_ns: int) -> None:
        self._rounds_due_ns = now_ns + _ROUNDS_NS
        self._play.look_at_wall_clock()
        since_ns = self._play.unattended_since_ns
        self._lifeline.beat(now_ns, self._play.n_steps, since_ns, self._play.punctuality, self._n_closed)
        for player in self._sockets.values():
            player.give_up_if_late()
        for player, (_, hello_by_ns) in self._newcomers.items():
            if now_ns > hello_by_ns:
                player.close(Close.NO_HELLO, f"no hello came within {HELLO_TIMEOUT_S:.0f} seconds")
        self._forget_gone()
        alone = since_ns is not None and now_ns - since_ns > self._linger_ns
        if alone and not self._play.has_unwritten:
            self._leave()

    # --- the end ---

    def _leave(self) -> None:
        """Give the last words a moment to arrive."""
        self._leave_by_ns = time.monotonic_ns() + FAREWELL_NS
        self._let_nobody_in()
        for player in self._newcomers:
            player.close(Close.RESTARTING, "come back in a moment; your game is kept")
        self._forget_gone()

    def _let_nobody_in(self) -> None:
        """Whoever comes now is to wait for the next session, and not for this one."""
        self._listeners.remove(self._doorstep.fileno())
        self._listeners.remove(self._lifeline.fileno())
        self._doorstep.close()

    def _close(self) -> None:
        play, writer = self._play, self._writer
        if play.has_unwritten:
            log.error(
                "%s: what was played while the disk was full is lost; the player was not shown it",
                writer.path,
                extra=about(self.episode_id),
            )
        writer.close()
        self._n_closed.update(player.ending for player in self._sockets.values())
        over = "ended" if play.is_over else "suspended"
        self._lifeline.take_leave(over, play.n_steps, play.punctuality, self._n_closed)
        self._let_go()

    def _let_go(self) -> None:
        for number, player in self._sockets.items():
            self._listeners.remove(number)
            player.abandon()
        self._sockets.clear()
        self._writer.close()
        self._lifeline.close()
        self.is_left = True
