"""The sections of a game file that say how an episode begins, when it is won, and what is measured."""

from __future__ import annotations

from random import Random
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from skill_arcade.domain.episode import Status
from skill_arcade.games.file.section import Line, Many, Section

SEED_LIMIT = 2**31
"""Random seeds are below this: every library takes them, and JavaScript holds them exactly."""

Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Metric(Section):
    """The number by which a player sees how well an episode went.

    Attributes:
        name: "Score", "Moves".
        unit: of the number, for people.
        source: `from` in the file. "reward": the sum of rewards; "steps": the number of steps.
        better: which way is better.
    """

    name: Line
    unit: Line
    source: Literal["reward", "steps"] = Field(alias="from")
    better: Literal["higher", "lower"]

    def measure(self, status: Status, score: float, n_steps: int) -> float | None:
        """The metric of an episode; None where it says nothing.

        Where lower is better only an episode that was won has one: else giving up at once were best.
        """
        if self.better == "lower" and status is not Status.WON:
            return None
        return score if self.source == "reward" else float(n_steps)


class ScoreAtLeast(Section):
    """Won, however it ends, with so much reward or more.

    Attributes:
        score_at_least: the sum of rewards.
    """

    score_at_least: float


WinRule = Annotated[
    Annotated[Literal["on_termination", "on_truncation", "never"], Tag("word")] | Annotated[ScoreAtLeast, Tag("score")],
    Discriminator(lambda value: "score" if isinstance(value, (dict, ScoreAtLeast)) else "word"),
]


class OutcomeRule(Section):
    """When an episode that its environment ended is won; every other is lost.

    Attributes:
        won: "on_termination", "on_truncation", "never", or a score.
    """

    won: WinRule

    def judge(self, terminated: bool, truncated: bool, score: float) -> Status:
        """WON or LOST, for an episode that the environment ended; any other is incomplete."""
        if isinstance(self.won, ScoreAtLeast):
            is_won = score >= self.won.score_at_least
        else:
            is_won = {"on_termination": terminated, "on_truncation": truncated, "never": False}[self.won]
        return Status.WON if is_won else Status.LOST


class RandomSeed(Section):
    """A new seed for every episode."""

    policy: Literal["random"]

    def choose(self, attempt_index: int, random: Random) -> int:
        """The seed of an episode."""
        return random.randrange(SEED_LIMIT)


class FixedSeed(Section):
    """The same seed for every episode."""

    policy: Literal["fixed"]
    value: Seed

    def choose(self, attempt_index: int, random: Random) -> int:
        """The seed of an episode."""
        return self.value


class ListedSeeds(Section):
    """The seeds of a list, one after another: every player meets the same series."""

    policy: Literal["list"]
    values: Annotated[tuple[Seed, ...], Many, Field(min_length=1)]

    def choose(self, attempt_index: int, random: Random) -> int:
        """The seed of a player's attempt, counted from 1; after the last the list begins again."""
        return self.values[(attempt_index - 1) % len(self.values)]


class RandomNoops(Section):
    """Up to `at_most` no-op steps before the episode, a new number every time."""

    policy: Literal["random"]
    at_most: Annotated[int, Field(ge=0, le=1000)]

    def choose(self, random: Random) -> int:
        """The number of no-op steps of an episode, 0 to `at_most`."""
        return random.randint(0, self.at_most)


class FixedNoops(Section):
    """The same number of no-op steps before every episode."""

    policy: Literal["fixed"]
    value: Annotated[int, Field(ge=0, le=1000)]

    def choose(self, random: Random) -> int:
        """The number of no-op steps of an episode."""
        return self.value


SeedRule = Annotated[RandomSeed | FixedSeed | ListedSeeds, Field(discriminator="policy")]
NoopRule = Annotated[RandomNoops | FixedNoops, Field(discriminator="policy")]
