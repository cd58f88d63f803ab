"""Every error a person can meet. One sentence each: what, where, what to do.

SkillArcadeError
├── GameFileError            a game file is wrong: names the file, the line and the key
├── UnknownGame              no game has this id
├── GameUnavailable          there is such a game, and it cannot be played here
├── BadOptions               a game has no such option, or no such value of it
├── BadKeys                  keys cannot be exchanged like this in this game
├── EnvironmentFailed        an environment raised, or gave something it must not
├── NotReproducible          replaying the recorded actions led somewhere else
├── RecordingError           a recording cannot be read
│   ├── JournalCorrupt       bytes inside a journal (not at its torn tail) are wrong
│   ├── EpisodeNotFound      no recording has this id
│   └── EpisodeMoved         another server has taken the episode over: what is here is set aside
├── StorageFull              the disk, or the spool's limit, is full
├── StoreAway                the object store cannot be used now; the same may work a moment later
├── DataFolderError          the data folder cannot be used
├── NotAllowed               logged in, but not for this
├── LoginRequired            no or an unknown login token
├── TicketRefused            a play ticket is unknown, used or expired
├── AtCapacity               no room for one more player now
├── VerifyingStopped         (dataset.verifier) ended before it was done: nothing is known of the episode
└── ProtocolViolation        (wire.closes) a peer broke a rule of LIVE.md; carries the close code
"""

from __future__ import annotations


class SkillArcadeError(Exception):
    """The root of all errors that are told to a person; `str(error)` is the sentence to show."""


class GameFileError(SkillArcadeError):
    """A game file is wrong."""

    def __init__(self, file: str, line: int | None, key: str, problem: str) -> None:
        self.file, self.line, self.key, self.problem = file, line, key, problem
        where = f"{file}:{line}" if line is not None else file
        super().__init__(f"{where}: {key}: {problem}" if key else f"{where}: {problem}")


class UnknownGame(SkillArcadeError):
    """No game has this id."""

    def __init__(self, game_id: str) -> None:
        self.game_id = game_id
        super().__init__(f"There is no game {game_id!r}; GET /games lists those there are.")


class GameUnavailable(SkillArcadeError):
    """There is such a game, and it cannot be played here; `str(error)` says why."""


class BadOptions(SkillArcadeError):
    """A game has no such option, or its option no such value."""


class BadKeys(SkillArcadeError):
    """Keys cannot be exchanged like this in this game."""


class EnvironmentFailed(SkillArcadeError):
    """An environment raised, or answered with something it must not."""


class NotReproducible(SkillArcadeError):
    """Replaying recorded actions led somewhere else than the recording did."""

    def __init__(self, step: int, what: str) -> None:
        self.step, self.what = step, what
        super().__init__(f"The replay differs from the recording at step {step}: {what}.")


class RecordingError(SkillArcadeError):
    """A recording cannot be read."""


class JournalCorrupt(RecordingError):
    """Bytes inside a journal are wrong, and not merely torn off at its end."""


class EpisodeNotFound(RecordingError):
    """No recording has this id."""

    def __init__(self, episode_id: str) -> None:
        self.episode_id = episode_id
        super().__init__(f"There is no episode {episode_id!r}.")


class EpisodeMoved(RecordingError):
    """Another server has taken the episode over (REC-32): what this one still has of it is set aside."""

    def __init__(self, episode_id: str) -> None:
        self.episode_id = episode_id
        super().__init__(f"Episode {episode_id} is played on another server now.")


class StorageFull(SkillArcadeError):
    """The disk, or the limit set for recordings that wait, is full."""


class StoreAway(SkillArcadeError):
    """The object store cannot be reached, or refuses; the sentence says which, and what it said."""


class DataFolderError(SkillArcadeError):
    """The data folder cannot be used."""


class NotAllowed(SkillArcadeError):
    """The person is known, but may not do this."""


class LoginRequired(SkillArcadeError):
    """No login token was sent, or it is unknown or has expired."""


class TicketRefused(SkillArcadeError):
    """A play ticket is unknown, used or expired."""


class AtCapacity(SkillArcadeError):
    """There is no room for one more player at the moment."""

    def __init__(self, why: str, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(why)
