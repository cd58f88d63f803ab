"""What the nursery is asked for an episode: to begin it, to resume it from its journal, or nothing more."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from skill_arcade.domain.episode import EndReason
from skill_arcade.domain.errors import EpisodeNotFound, SkillArcadeError
from skill_arcade.recorder.closing import close_orphan
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.sessions.play.entries import ended_of
from skill_arcade.sessions.process.step_mark import died_stepping
from skill_arcade.sessions.spec import Places, SessionSpec
from skill_arcade.sessions.supervision.control import EpisodeOver, SessionFailed
from skill_arcade.sessions.supervision.deaths import DeathRegister, Deaths

log = logging.getLogger(__name__)


class StartRequests:
    """Makes requests from specs and journals; an episode whose session died too often in its environment is closed.

    It reads and writes journals: `make` and `close_not_resumable` block.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._deaths = DeathRegister()
        # Episodes whose session died, and whether it hung; where it died is read from the journal when somebody asks.
        self._died: dict[UUID, bool] = {}

    def note_death(self, episode_id: UUID, *, hung: bool) -> None:
        """The episode's session died; it did not answer and was killed if `hung`."""
        self._died[episode_id] = hung

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
        if folder.exists():
            try:
                journal = read_episode_journal(folder)
            except EpisodeNotFound:
                # Killed before its first record was whole: nothing was shown yet, and the start is repeated as it was.
                pass
            else:
                return self._resume(spec.episode_id, journal)
        if spec.provenance is None:
            raise EpisodeNotFound(str(spec.episode_id))
        return {"environment": spec.provenance["environment"], "spec": spec.to_json()}

    def _resume(self, episode_id: UUID, journal: EpisodeJournal) -> dict[str, Any]:
        if journal.end is not None:
            raise EpisodeOver(ended_of(journal.end))
        hung = self._died.pop(episode_id, None)
        # A process that somebody else killed is not its environment's fault, however often it happens.
        if hung or (hung is not None and died_stepping(self._places.journal_folder(episode_id))):
            self._deaths.note(episode_id, journal.n_steps, hung=hung)
        deaths = self._deaths.verdict(episode_id)
        if deaths is not None:
            self._give_up(episode_id, deaths)
        return {"environment": journal.provenance["environment"], "spec": SessionSpec(episode_id, None).to_json()}

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
            log.error("the episode %s could not be closed: %s", episode_id, error)  # noqa: TRY400
