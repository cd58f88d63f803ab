"""One player of one episode as the web app would be: whole key states, reports of what was drawn, pings, the way back.

Whoever loses the connection waits, asks for another ticket with the resume token and goes on in a new socket (LIVE-70).
"""

from __future__ import annotations

import struct
import time
from array import array
from collections.abc import Callable, Sequence
from random import Random

from skill_arcade.bench.crowd.event_loop import EventLoop, Timer, read_us
from skill_arcade.bench.crowd.hands import play_keys
from skill_arcade.bench.crowd.inputs import Inputs
from skill_arcade.bench.crowd.pings import Pings
from skill_arcade.bench.crowd.play_socket import LOST, PlaySocket
from skill_arcade.bench.crowd.played import PlayedEpisode
from skill_arcade.bench.crowd.tickets import Ticket, TicketOffice, WayBack
from skill_arcade.wire.closes import RECONNECTABLE
from skill_arcade.wire.from_client import (
    ClientFacts,
    Drawn,
    FromClient,
    Hello,
    InputKind,
    Quit,
    Resume,
    Start,
    encode_client_message,
)
from skill_arcade.wire.from_server import Ended, Pong, Safe, State, Welcome, parse_server_message

DRAWN_INTERVAL_S = 0.5

# What is needed of a picture's head: step, input_seq, server_us (LIVE-15).
_PICTURE_HEAD = struct.Struct("<4xIIQ")
_FIELDS = 3  # of a PICTURE_ROW
_MAX_REPORTED = 240


class Player:
    """Plays one episode to its end."""

    def __init__(
        self,
        loop: EventLoop,
        office: TicketOffice,
        ticket: Ticket,
        keys: Sequence[str],
        dice: Random,
        *,
        asked_us: int,
        until_us: int,
        leave: Callable[[PlayedEpisode], None],
    ) -> None:
        """Begin to play.

        Args:
            loop: calls whatever is done here.
            office: gives further tickets, where they are needed.
            ticket: for a new episode.
            keys: the codes that are pressed.
            dice: decides which and how long.
            asked_us: when the ticket was asked for.
            until_us: when to quit, if the episode has not ended before.
            leave: told when all is over.
        """
        self._loop, self._until_us, self._leave = loop, until_us, leave
        self._game_id, self._asked_us = ticket.game_id, asked_us
        self._page_load = f"{dice.getrandbits(128):032x}"
        self._strokes = play_keys(keys, dice)
        self._held: tuple[str, ...] = ()
        self._inputs = Inputs()
        self._known_seq = 0
        self._pings = Pings()
        self._timers: dict[str, Timer] = {}
        self._welcome: Welcome | None = None
        self._is_playing = False
        self._is_over = False
        self._way_back = WayBack(loop, office, until_us, self._return)
        self._step = 0
        self._rows = array("q")
        self._note = self._rows.append
        self._n_reported = 0
        self._answers = array("q")
        self._safe = array("q")
        self._picture_bytes, self._text_bytes = 0, 0
        self._n_connections = 1
        self._socket = PlaySocket(loop, ticket.socket_url, self)

    # --- what comes (play_socket.PlayListener) ---

    def opened(self) -> None:
        """Say who is there."""
        self._say(
            Hello(
                page_load=self._page_load,
                played_by="scripted",
                client=ClientFacts(name="skill-arcade bench"),
                client_us=read_us(),
                utc_ms=time.time_ns() // 1_000_000,
                clock_step_us=1.0,
            )
        )

    def take_binary(self, data: bytes, begin: int, n_bytes: int, came_us: int) -> None:
        """Note a picture. Sixty times a second for every player: nothing is done here that can be done later."""
        step, input_seq, made_us = _PICTURE_HEAD.unpack_from(data, begin)
        note = self._note
        note(step)
        note(came_us)
        note(made_us)
        self._step = step
        self._picture_bytes += n_bytes
        if input_seq != self._known_seq:
            self._known_seq = input_seq
            self._answers.extend(self._inputs.learn(input_seq, came_us))

    def take_text(self, text: bytes, n_bytes: int, came_us: int) -> None:
        """Do what a message asks for."""
        self._text_bytes += n_bytes
        match parse_server_message(text):
            case Welcome() as welcome:
                self._take_welcome(welcome)
            case State() as state:
                self._take_state(state)
            case Safe() as safe:
                self._safe.extend((came_us, safe.durable_here, safe.durable_store))
            case Pong() as pong:
                if (sample := self._pings.take(pong, came_us)) is not None:
                    self._say(sample)
            case Ended():
                self._is_over = True
                self._stop()

    def closed(self, close: tuple[int, str]) -> None:
        """Come back, or leave."""
        self._stop()
        self._is_playing = False
        if self._is_over or self._welcome is None or (close != LOST and close[0] not in RECONNECTABLE):
            self._end(close)
        else:
            welcome = self._welcome
            self._way_back.set_out({"episode_id": welcome.episode_id, "resume_token": welcome.resume_token})

    def _take_welcome(self, welcome: Welcome) -> None:
        if self._welcome is not None:
            for resend in self._inputs.take_welcome(welcome.last_input_seq, self._step):
                self._say(resend)
        self._welcome = welcome
        self._way_back.arrive()
        self._ping()
        self._timers["quit"] = self._loop.call_at(self._until_us, lambda: self._say(Quit()))

    def _take_state(self, state: State) -> None:
        if state.state == "ready":
            self._say(Start())
        elif state.state == "running" and not self._is_playing:
            if self._n_connections > 1:
                self._input("sync", None)  # the pause has released all keys (LIVE-23)
            self._is_playing = True
            self._socket.read_at_looks()
            self._later("stroke", 0.0, self._stroke)
            self._later("report", DRAWN_INTERVAL_S, self._report)
        elif state.state == "paused" and state.reason in ("disconnected", "rebuilt") and state.resumes_in_ms is None:
            # The web app goes on by itself with what the server suggests, if its player is there.
            self._say(Resume(countdown_ms=state.countdown_ms))

    # --- what is done ---

    def _stroke(self) -> None:
        stroke = next(self._strokes)
        self._held = stroke.held
        self._input(stroke.kind, stroke.code)
        self._later("stroke", stroke.wait_s, self._stroke)

    def _report(self) -> None:
        rows, begin = self._rows, self._n_reported * _FIELDS
        begin = max(begin, len(rows) - _MAX_REPORTED * _FIELDS)
        if begin < len(rows):
            self._say(Drawn(steps=tuple(rows[begin::_FIELDS]), at_us=tuple(rows[begin + 1 :: _FIELDS])))
        self._n_reported = len(rows) // _FIELDS
        self._later("report", DRAWN_INTERVAL_S, self._report)

    def _ping(self) -> None:
        self._say(self._pings.ask(read_us()))
        self._later("ping", self._pings.wait_s, self._ping)

    def _input(self, kind: InputKind, code: str | None) -> None:
        self._say(self._inputs.make(kind, code, self._held, self._step, read_us()))

    def _say(self, message: FromClient) -> None:
        self._socket.send(encode_client_message(message).encode())

    def _later(self, what: str, wait_s: float, act: Callable[[], None]) -> None:
        self._timers[what] = self._loop.call_in(wait_s, act)

    def _stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()

    # --- the way back, and out ---

    def _return(self, ticket: Ticket | None) -> None:
        if ticket is None:
            self._end(LOST)
        else:
            self._n_connections += 1
            self._socket = PlaySocket(self._loop, ticket.socket_url, self)

    def _end(self, close: tuple[int, str]) -> None:
        self._stop()
        self._leave(
            PlayedEpisode(
                episode_id=self._welcome.episode_id if self._welcome is not None else "",
                game_id=self._game_id,
                asked_us=self._asked_us,
                rows=self._rows.tobytes(),
                picture_bytes=self._picture_bytes,
                text_bytes=self._text_bytes,
                answers=self._answers.tobytes(),
                n_connections=self._n_connections,
                close=close,
                safe=self._safe.tobytes(),
            )
        )
