"""How supervision stands: for those who watch a server, never for a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, get_args
from uuid import UUID

from skill_arcade.sessions.play.punctuality import Punctuality
from skill_arcade.sessions.supervision.admission import Admission, AdmissionStatus
from skill_arcade.sessions.supervision.session import Pacing, Session
from skill_arcade.sessions.supervision.tally import Death, Tally


@dataclass(frozen=True, slots=True)
class SupervisionStatus:
    """Sessions, places and counts since the start.

    Attributes:
        n_sessions: held, by the pacing of their games.
        n_attached: held, with somebody connected.
        n_started: sessions that could be attached to, new and resumed.
        n_deaths: sessions whose process did not end in order, by when it died.
        punctuality: of all ticks.
        n_closed: players' sockets that have ended, by how they did; see `tally.ENDINGS`.
        admission: whether more may come.
    """

    n_sessions: Mapping[str, int]
    n_attached: int
    n_started: Mapping[str, int]
    n_deaths: Mapping[Death, int]
    punctuality: Punctuality
    n_closed: Mapping[str, int]
    admission: AdmissionStatus

    @classmethod
    def of(cls, sessions: Mapping[UUID, Session], tally: Tally, admission: Admission) -> Self:
        """As it stands now."""
        held = sessions.values()
        by_pacing = Counter(session.pacing for session in held)
        return cls(
            n_sessions={pacing: by_pacing[pacing] for pacing in get_args(Pacing)},
            n_attached=sum(session.alone_s is None for session in held),
            n_started=dict(tally.n_started),
            n_deaths=dict(tally.n_deaths),
            punctuality=tally.sum_punctuality(held),
            n_closed=tally.sum_closed(held),
            admission=admission.describe(sessions),
        )
