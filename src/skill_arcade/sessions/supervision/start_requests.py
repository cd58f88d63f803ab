"""What the nursery is asked for an episode: to begin it, to resume it from its journal, or nothing more."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from skill_arcade.domain.episode import EndReason
from skill_arcade.domain.errors import EpisodeNotFound, SkillArcadeError
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.closing import close_orphan
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.sessions.play.entries import ended_of
from skill_arcade.sessions.process.step_mark import died_stepping
from skill_arcade.sessions.spec import Places, SessionSpec
from skill_arcade.sessions.supervision.control import EpisodeOver, SessionFailed
from skill_arcade.sessions.supervision.deaths import DeathRegister, Deaths

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Death:
    environment: Mapping[str, Any] | None
    hung: bool


class StartRequests:
    """Makes requests from specs and journals; an episode whose session died too often in its environment is closed.

    It reads and writes journals: `make` and `close_not_resumable` block.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._deaths = DeathRegister()
        # Whose session died; where it died is read from the journal when somebody asks, if it matters.
        self._died: dict[UUID, _Death] = {}

    def note_death(self, episode_id: UUID, environment: Mapping[str, Any] | None, *, hung: bool) -> None:
        """The episode's session died.

        Args:
            episode_id: the episode.
            environment: of its game, if the session was ready, so that there is a journal to be resumed from.
            hung: it did not answer and was killed.
        """
        self._died[episode_id] = _Death(environment, hung)

    def note_end(self, episode_id: UUID) -> None:
        """The episode is over."""
        self._deaths.forget(episode_id)

    def make(self, spec: SessionSpec) -> dict[str, Any]:
        """The nursery's request.

        Raises:
            EpisodeOver: the episode has ended.
            SessionFailed: its session died too often; it has been ended now.
            EpisodeNotFound: there is neither a journal nor a provenance.
        """
        folder = self._places.journal_folder(spec.episode_id)
        death = self._died.pop(spec.episode_id, None)
        if death is not None and death.environment and not self._is_environments_fault(spec.episode_id):
            # Its player waits, and the journal may be long: the session that is started reads it anyway.
            return _resume_request(spec.episode_id, death.environment)
        if folder.exists():
            try:
                journal = read_episode_journal(folder)
            except EpisodeNotFound:
                # Killed before its first record was whole: nothing was shown yet, and the start is repeated as it was.
                pass
            else:
                return self._resume(spec.episode_id, death, journal)
        if spec.provenance is None:
            raise EpisodeNotFound(str(spec.episode_id))
        return {"environment": spec.provenance["environment"], "spec": spec.to_json()}

    def _resume(self, episode_id: UUID, death: _Death | None, journal: EpisodeJournal) -> dict[str, Any]:
        if journal.end is not None:
            raise EpisodeOver(ended_of(journal.end))
        if death is not None and self._is_environments_fault(episode_id):
            self._deaths.note(episode_id, journal.n_steps, hung=death.hung)
        deaths = self._deaths.verdict(episode_id)
        if deaths is not None:
            self._give_up(episode_id, deaths)
        return _resume_request(episode_id, journal.provenance["environment"])

    def _is_environments_fault(self, episode_id: UUID) -> bool:
        """A process that somebody else killed, or stalled, is not its environment's fault, however often it happens."""
        return died_stepping(self._places.journal_folder(episode_id))

    def _give_up(self, episode_id: UUID, deaths: Deaths) -> None:
        reason = EndReason.ENVIRONMENT_HUNG if deaths.hung else EndReason.ENVIRONMENT_CRASHED
        what = "did not answer" if deaths.hung else "ended its process"
        detail = f"The environment {what} {deaths.count} times after step {deaths.n_steps}."
        close_orphan(self._places.journal_folder(episode_id), reason, detail)
        self._deaths.forget(episode_id)
        raise SessionFailed(f"{detail} The episode is over; its record is kept.")

    def close_not_resumable(self, episode_id: UUID, why: str) -> None:
        """End an episode whose journal leads somewhere else (REC-40)."""
        try:
            close_orphan(self._places.journal_folder(episode_id), EndReason.NOT_RESUMABLE, why)
        except SkillArcadeError as error:
            # Its journal stays as it is; the next question for it, or the sealer a day later, tries again.
            log.error(  # noqa: TRY400
                "the episode %s could not be closed: %s", episode_id, error, extra=about(episode_id)
            )


def _resume_request(episode_id: UUID, environment: Mapping[str, Any]) -> dict[str, Any]:
    return {"environment": environment, "spec": SessionSpec(episode_id, None).to_json()}
