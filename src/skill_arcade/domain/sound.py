"""What sound is: how many samples a step makes, and how fast they are played."""

from __future__ import annotations

from dataclasses import dataclass

SILENCE = 128
"""The value of a sample of silence."""

MAX_STEP_SAMPLES = 0xFFFF


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """How the samples of every step of an episode are to be read: unsigned bytes, one channel, 128 is silence.

    Attributes:
        rate_hz: samples in a second of the game's own time.
        samples_per_step: samples that one step makes, at most `MAX_STEP_SAMPLES`.
    """

    rate_hz: float
    samples_per_step: int

    def __post_init__(self) -> None:
        if not 0 < self.samples_per_step <= MAX_STEP_SAMPLES:
            raise ValueError(f"a step makes 1 to {MAX_STEP_SAMPLES} samples of sound, not {self.samples_per_step}")
