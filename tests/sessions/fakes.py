"""What a session is handed in tests: a clock to set, a game that counts, a journal in memory, a listening client."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from skill_arcade.domain.action import Action
from skill_arcade.domain.episode import Status
from skill_arcade.domain.errors import EnvironmentFailed, StorageFull
from skill_arcade.domain.observation import ObservationKind
from skill_arcade.domain.picture import Picture, PictureFormat
from skill_arcade.domain.pointing import Pointing
from skill_arcade.domain.sound import SoundFormat
from skill_arcade.domain.step import Outcome
from skill_arcade.games.environments.action_space import ActionSpace, DiscreteActions
from skill_arcade.recorder.records import RecordKind, StepRecord, parse_json, parse_step
from skill_arcade.sessions.play.conversation import Attachment, Safety
from skill_arcade.sessions.play.ledger import Ledger
from skill_arcade.sessions.play.play import Play
from skill_arcade.sessions.play.rules import Rules
from skill_arcade.sessions.play.stage import StartPoint
from skill_arcade.wire.closes import Close
from skill_arcade.wire.frame import Frame, parse_frame
from skill_arcade.wire.from_server import FromServer, State
from skill_arcade.wire.sound import KIND_SOUND, StepSound, parse_sound

EPISODE = "6f1f0a5e-2f0c-4c3e-9f55-0d1b3c7a9e10"

MS = 1_000_000
S = 1_000_000_000
TICK_NS = S // 50


class ManualClock:
    """A clock that moves when told.

    Attributes:
        now_ns: server time.
        wall_shift_ns: by how much somebody has set the wall clock.
    """

    def __init__(self, now_ns: int = 100 * S) -> None:
        self.now_ns = now_ns
        self.wall_shift_ns = 0

    def monotonic_ns(self) -> int:
        return self.now_ns

    def utc_ns(self) -> int:
        return 1_790_000_000 * S + self.now_ns + self.wall_shift_ns


class CountingSimulation:
    """Its picture tells the number of steps and the newest action; the reward is the action."""

    def __init__(self, ends_after: int = 10_000, sound_format: SoundFormat | None = None) -> None:
        self.picture_format = PictureFormat(8, 2, "indexed8", bytes(768))
        self.observation_kind = ObservationKind(is_picture=True)
        self.action_space: ActionSpace = DiscreteActions("Counting-v0", 4)
        self.action_meanings = ("NOOP", "LEFT", "RIGHT", "FIRE")
        self.ends_after = ends_after
        self.actions: list[int] = []
        self.fails_at: int | None = None
        self.renders = True
        self.sound_format = sound_format
        self.reset_info: dict[str, Any] = {"optimum": 7}

    def reset(self, seed: int, noop_starts: int) -> None:
        self.actions = []

    def bookmark(self) -> None:
        """None: `reset` is enough."""

    def step(self, action: Any) -> Outcome:
        if self.fails_at == len(self.actions):
            raise EnvironmentFailed(f"The game\n  broke. {5000 * 'x'}\n")
        self.actions.append(action)
        return Outcome(reward=float(action), terminated=len(self.actions) >= self.ends_after, invalid=action == 3)

    def picture(self) -> Picture:
        if not self.renders:
            raise EnvironmentFailed("The screen broke.")
        picture = np.zeros((2, 8), dtype=np.uint8)
        picture[0, :4] = np.frombuffer(len(self.actions).to_bytes(4, "little"), dtype=np.uint8)
        picture[1, 0] = self.actions[-1] if self.actions else 0
        return picture

    def draw(self, into: Picture) -> None:
        into[...] = self.picture()

    def sound(self) -> bytes:
        return bytes([len(self.actions) % 100, 128]) if self.sound_format is not None else b""

    def observation(self) -> npt.NDArray[np.generic] | None:
        return None

    def lives(self) -> int | None:
        return None

    def state_hash(self) -> str:
        return hashlib.blake2b(self.picture().tobytes(), digest_size=8).hexdigest()

    def close(self) -> None:
        pass


class MemoryJournal:
    """Keeps what is written; can be full."""

    def __init__(self) -> None:
        self.records: list[tuple[RecordKind, bytes]] = []
        self.n_writes = 0
        self.is_full = False

    def write(self, records: Sequence[tuple[RecordKind, bytes]]) -> None:
        if self.is_full:
            raise StorageFull("There is no room.")
        self.n_writes += 1
        self.records.extend(records)

    def of(self, kind: RecordKind) -> list[Mapping[str, Any]]:
        return [parse_json(body) for k, body in self.records if k is kind]

    @property
    def steps(self) -> list[StepRecord]:
        return [parse_step(body) for kind, body in self.records if kind is RecordKind.STEP]

    def events(self, kind: str) -> list[Mapping[str, Any]]:
        return [event for event in self.of(RecordKind.EVENT) if event["kind"] == kind]


@dataclass
class ListeningConnection:
    """Keeps what it is sent."""

    messages: list[FromServer] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    sounds: list[StepSound] = field(default_factory=list)
    closed: tuple[Close, str] | None = None
    is_congested: bool = False

    def send(self, message: FromServer) -> None:
        assert self.closed is None, "nothing is sent after the close"
        self.messages.append(message)

    def send_frame(self, frame: bytes) -> None:
        if frame[0] == KIND_SOUND:
            self.sounds.append(parse_sound(frame))
        else:
            self.frames.append(parse_frame(frame))

    def close(self, close: Close, sentence: str) -> None:
        self.closed = (close, sentence)

    @property
    def is_closed(self) -> bool:
        return self.closed is not None

    @property
    def states(self) -> list[str]:
        return [m.state if m.reason is None else f"{m.state}:{m.reason}" for m in self.messages if isinstance(m, State)]

    def newest(self, kind: type[Any]) -> Any:
        return [m for m in self.messages if isinstance(m, kind)][-1]


class SettableSafety:
    def __init__(self) -> None:
        self.value = Safety()

    def read(self) -> Safety:
        return self.value


class TwoKeys:
    """A game in turns whose moves are two keys: Digit1 then Digit2 is action 1, then Digit3 action 2."""

    def __init__(self) -> None:
        self.pending: tuple[str, ...] = ()

    def press(self, code: str) -> int | None:
        if not self.pending:
            self.pending = (code,) if code == "Digit1" else ()
            return None
        self.pending = ()
        return {"Digit2": 1, "Digit3": 2}.get(code)


def choose(
    held: tuple[str, ...], taps: tuple[str, ...], pointing: Pointing | None, previous: Action | None, step: int
) -> int:
    meanings = {"ArrowLeft": 1, "ArrowRight": 2, "Space": 3}
    known = [meanings[code] for code in (*held, *taps) if code in meanings]
    return known[-1] if known else 0


def make_rules(**changes: Any) -> Rules:
    fields: dict[str, Any] = {
        "game_id": "Counting.v0",
        "tick_hz": 50.0,
        "max_steps": 1000,
        "action_space": DiscreteActions("Counting-v0", 4),
        "deterministic": True,
        "pause_limit_s": 600.0,
        "choose_action": choose,
        "turn_keys": TwoKeys(),
        "pointer_key": lambda x, y: "Digit1" if x < 0.5 else "Digit2",
        "judge": lambda terminated, truncated, score: Status.WON if score >= 10 else Status.LOST,
        "measure": lambda status, score, n_steps: score if status is Status.WON else None,
        **changes,
    }
    return Rules(**fields)


class Table:
    """A session with everything around it, and a client sitting at it."""

    def __init__(
        self,
        start: StartPoint | None = None,
        ends_after: int = 10_000,
        sound_format: SoundFormat | None = None,
        simulation: CountingSimulation | None = None,
        clock: ManualClock | None = None,
        **rules: Any,
    ) -> None:
        self.clock = clock or ManualClock()
        self.simulation = simulation or CountingSimulation(ends_after, sound_format)
        self.journal = MemoryJournal()
        self.safety = SettableSafety()
        self.client = ListeningConnection()
        self.seq = start.last_seq if start else 0
        self.play = Play(
            rules=make_rules(**rules),
            simulation=self.simulation,
            ledger=Ledger(self.journal),
            safety=self.safety,
            clock=self.clock,
            start=start or StartPoint(EPISODE, 1, 0, "boot"),
            abandon_after_s=3600.0,
        )

    def connect(self, *, played_by: str = "human") -> ListeningConnection:
        self.client = ListeningConnection()
        self.play.attach(self.client, Attachment("token"))
        self.say(
            type="hello",
            page_load="p",
            played_by=played_by,
            client={"browser": "b"},
            client_us=1,
            utc_ms=2,
            clock_step_us=5,
        )
        return self.client

    def say(self, **message: Any) -> None:
        self.play.receive(json.dumps(message).encode(), self.clock.now_ns)

    def input(self, kind: str, held: Sequence[str] = (), seq: int | None = None, **fields: Any) -> None:
        self.seq = self.seq + 1 if seq is None else seq
        if kind in ("down", "up"):
            fields.setdefault("key", fields["code"])
        common = {"client_us": 1000 + self.seq, "shown_step": self.play.n_steps}
        self.say(type="input", kind=kind, held=list(held), seq=self.seq, **common, **fields)

    def begin(self, **connection: Any) -> ListeningConnection:
        self.connect(**connection)
        self.say(type="start")
        return self.client

    def pass_time(self, ns: int) -> None:
        """Let time go by, waking the session whenever it wants to be woken, as its process does."""
        end_ns = self.clock.now_ns + ns
        while self.play.wake_at_ns <= end_ns and not self.play.is_over:
            self.clock.now_ns = max(self.clock.now_ns, self.play.wake_at_ns)
            self.play.wake()
            if self.play.wake_at_ns <= self.clock.now_ns:
                self.clock.now_ns += 1
        self.clock.now_ns = max(end_ns, self.clock.now_ns)

    def ticks(self, n: int) -> None:
        self.pass_time(n * TICK_NS)
