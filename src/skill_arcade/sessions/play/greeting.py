"""What a client is told first: all that it needs to go on from here (LIVE-6)."""

from __future__ import annotations

import base64

from skill_arcade.domain.picture import PictureFormat
from skill_arcade.domain.sound import SoundFormat
from skill_arcade.games.environments.answer import read_optimum
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.sessions.play.rules import Rules
from skill_arcade.sessions.play.stage import StartPoint
from skill_arcade.wire.from_server import PacingInfo, PictureInfo, SoundInfo, Welcome


class Greeting:
    """Makes the `welcome` of every client of one epoch."""

    def __init__(self, rules: Rules, simulation: Simulation, start: StartPoint, *, recording: bool) -> None:
        """Know the game.

        Args:
            rules: of the game.
            simulation: the game, before its first step or where it goes on.
            start: where the epoch begins.
            recording: whether the episode is kept after its end.
        """
        self._rules = rules
        self._recording = recording
        self._start = start
        self._picture = picture_info(simulation.picture_format)
        self._sound = sound_info(simulation.sound_format, rules.tick_hz)
        self._optimum = read_optimum(simulation.reset_info)

    @property
    def has_sound(self) -> bool:
        """Whether the client is told of sound."""
        return self._sound is not None

    def welcome(self, resume_token: str, *, segment: int, step: int, last_input_seq: int, now_ns: int) -> Welcome:
        """The message.

        Args:
            resume_token: of the episode.
            segment: the segment that begins with this client.
            step: the newest picture that may be shown.
            last_input_seq: the newest input had.
            now_ns: server time.
        """
        tick_hz = self._rules.tick_hz
        return Welcome(
            episode_id=self._start.episode_id,
            game_id=self._rules.game_id,
            epoch=self._start.epoch,
            segment=segment,
            resume_token=resume_token,
            step=step,
            last_input_seq=last_input_seq,
            picture=self._picture,
            sound=self._sound,
            pacing=PacingInfo(mode="turn" if tick_hz is None else "realtime", tick_hz=tick_hz),
            max_steps=self._rules.max_steps,
            optimum=self._optimum,
            recording=self._recording,
            server_us=now_ns // 1000,
            server_boot=self._start.server_boot,
        )


def picture_info(picture: PictureFormat) -> PictureInfo:
    """How to read pictures (LIVE-18)."""
    palette = base64.b64encode(picture.palette).decode() if picture.palette is not None else None
    return PictureInfo(width=picture.width, height=picture.height, pixels=picture.pixels, palette=palette)


def sound_info(sound: SoundFormat | None, tick_hz: float | None) -> SoundInfo | None:
    """How to play sound (LIVE-40): in real time at the rate at which it comes, or it would fall behind its pictures."""
    if sound is None:
        return None
    rate_hz = sound.rate_hz if tick_hz is None else sound.samples_per_step * tick_hz
    return SoundInfo(rate_hz=rate_hz, samples_per_step=sound.samples_per_step)
