"""An episode as its journals tell it, over all epochs (REC-31)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.domain.observation import Observation, ObservationKind
from skill_arcade.domain.picture import Picture, PictureFormat
from skill_arcade.recorder.adoption import Adoption
from skill_arcade.recorder.epoch_walk import EpochRange, JournalRecord
from skill_arcade.recorder.provenance import Provenance, parse_observation_kind, parse_picture_format
from skill_arcade.recorder.records import (
    RecordKind,
    StepRecord,
    parse_json,
    parse_observation,
    parse_picture,
    parse_step,
)
from skill_arcade.recorder.settled import iterate_settled
from skill_arcade.wire.picture import Words, apply_change, n_words, picture_words, words_picture

Members = Mapping[str, Any]
"""The members of a JSON record."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that could not be used though they are no torn tail; what came before them was used (REC-13).

    Attributes:
        epoch: whose journal is damaged.
        offset: of the first byte that was not used.
        what: one sentence.
    """

    epoch: int
    offset: int
    what: str

    @property
    def text(self) -> str:
        """Where and what, for a person."""
        return f"epoch {self.epoch}, byte {self.offset}: {self.what}"


@dataclass(frozen=True, slots=True)
class EpisodeJournal:
    """An episode as it stood in its journals at one moment; a later look may find more.

    `steps`, `pictures`, `observations`, `observation_bytes`, `events`, `drawn` and `clocks` read the files anew at
    every use and never hold more than one step of them.

    Attributes:
        folder: where the journals are.
        episode_id: whose they are.
        provenance: of the newest epoch (REC-16).
        ranges: the stretches of the journals that make the episode, oldest epoch first.
        adopted: the same stretches as REC-41 tells them; the last one is that of the newest epoch.
        segments: SEGMENT records (REC-18), in order.
        end: the END record (REC-40), or None while there is none.
        n_steps: complete steps.
        last_step: the newest of them; None if there is none.
        last_step_segment: the SEGMENT in which it was made.
        last_input_seq: the newest input of the client that is in the record; 0 if none.
        damage: what could not be used; empty in a sound recording.
    """

    folder: Path
    episode_id: UUID
    provenance: Provenance
    ranges: tuple[EpochRange, ...]
    adopted: tuple[Adoption, ...]
    segments: tuple[Members, ...]
    end: Members | None
    n_steps: int
    last_step: StepRecord | None
    last_step_segment: Members | None
    last_input_seq: int
    damage: tuple[Damage, ...]

    @property
    def picture_format(self) -> PictureFormat:
        """How pictures are to be read."""
        return parse_picture_format(self.provenance)

    @property
    def observation_kind(self) -> ObservationKind:
        """What observations are."""
        return parse_observation_kind(self.provenance)

    def records(self, *kinds: RecordKind) -> Iterator[JournalRecord]:
        """Every record of these kinds (of all, if none is named) that counts, in order, over all epochs."""
        wanted = frozenset(kinds or RecordKind)
        for stretch in self.ranges:
            yield from iterate_settled(stretch, wanted)

    @property
    def steps(self) -> Iterator[StepRecord]:
        """Steps 0 … n-1."""
        return (parse_step(record.body) for record in self.records(RecordKind.STEP))

    @property
    def pictures(self) -> Iterator[tuple[int, Picture]]:
        """Numbers and pictures 0 … n; each is a view that the next one overwrites: copy it to keep it.

        Raises (while iterating):
            JournalCorrupt: a payload is no picture, or an epoch began with another picture than it adopted.
        """
        return self.pictures_after(-1, None)

    def pictures_after(self, number: int, picture: Picture | None) -> Iterator[tuple[int, Picture]]:
        """As `pictures`, but only those after one that is known; without decoding those before it.

        Args:
            number: of the picture that is known; -1 for none.
            picture: it; it is copied.

        Raises (while iterating):
            JournalCorrupt: see `pictures`.
        """
        form = self.picture_format
        words = np.zeros(n_words(form.n_bytes), dtype="<u8")
        if picture is not None:
            words[:] = picture_words(picture)
        return _decode_pictures(self.records(RecordKind.PICTURE), form, number, words)

    @property
    def observations(self) -> Iterator[tuple[int, Observation]]:
        """Numbers and observations 0 … n; nothing where the observation is the picture. Raises as below."""
        kind = self.observation_kind
        return ((number, kind.parse(data)) for number, data in self.observation_bytes)

    @property
    def observation_bytes(self) -> Iterator[tuple[int, bytes]]:
        """Numbers and bytes (REC-22) of the observations 0 … n.

        Raises (while iterating):
            JournalCorrupt: bytes are not those of such an observation.
        """
        kind = self.observation_kind
        newest = -1
        for record in self.records(RecordKind.OBSERVATION):
            observation = parse_observation(record.body)
            if observation.step > newest:
                newest = observation.step
                _check_observation(kind, observation.data)
                yield newest, observation.data

    @property
    def events(self) -> Iterator[Members]:
        """EVENT records of client and server (REC-24, REC-25)."""
        return self._json_of(RecordKind.EVENT)

    @property
    def drawn(self) -> Iterator[Members]:
        """DRAWN records (REC-26)."""
        return self._json_of(RecordKind.DRAWN)

    @property
    def clocks(self) -> Iterator[Members]:
        """CLOCK records (REC-27)."""
        return self._json_of(RecordKind.CLOCK)

    def _json_of(self, kind: RecordKind) -> Iterator[Members]:
        return (parse_json(record.body) for record in self.records(kind))


def _decode_pictures(
    records: Iterator[JournalRecord], form: PictureFormat, newest: int, words: Words
) -> Iterator[tuple[int, Picture]]:
    """Pictures after number `newest`, which is in `words`."""
    view = words_picture(words, form.shape)
    for record in records:
        picture = parse_picture(record.body)
        if picture.step < newest or (picture.step == newest and not picture.key):
            continue
        adopted = words.copy() if picture.step == newest else None
        if picture.key:
            words[:] = 0
        try:
            apply_change(picture.payload, words)
        except ValueError as error:
            raise JournalCorrupt(f"Picture {picture.step} of epoch {record.epoch} cannot be read: {error}.") from None
        if adopted is not None:
            if not np.array_equal(adopted, words):
                raise JournalCorrupt(f"Epoch {record.epoch} begins with another picture {newest} than it adopted.")
            continue
        newest = picture.step
        yield newest, view


def _check_observation(kind: ObservationKind, data: bytes) -> None:
    try:
        kind.parse(data)
    except ValueError as error:
        raise JournalCorrupt(f"An observation cannot be read: {error}.") from None
