"""What there was to see after a step (REC-60)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from uuid import UUID

import numpy as np
from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from skill_arcade.archive.layout import SealedPlace
from skill_arcade.database.episodes import EpisodeRow
from skill_arcade.domain.canonical_json import JsonValue, encode_canonical, to_json_value
from skill_arcade.domain.errors import EpisodeNotFound, LoginRequired, RecordingError
from skill_arcade.domain.observation import Array, Observation
from skill_arcade.domain.png import encode_png
from skill_arcade.recorder.provenance import encode_part
from skill_arcade.server.http.dependencies import PersonHere, ServicesHere
from skill_arcade.server.http.episodes import require_episode
from skill_arcade.server.http.problems import responses
from skill_arcade.server.http.refusals import BadRequest, NothingHere
from skill_arcade.server.services import Services

if TYPE_CHECKING:
    from skill_arcade.dataset import Episode

router = APIRouter(prefix="/observations", tags=["observations"])

_FOREVER = "private, max-age=31536000, immutable"

_ANSWERS: Final[dict[str, dict[str, str]]] = {
    "image/png": {},
    "application/octet-stream": {},
    "application/json": {},
}


@router.get(
    "/{episode_id}/{step}",
    response_class=Response,
    responses={
        200: {"content": _ANSWERS},
        **responses(LoginRequired, EpisodeNotFound, NothingHere, BadRequest),
    },
)
def read_observation(
    episode_id: UUID,
    step: Annotated[int, Path(ge=0, description="0 is what followed the reset.")],
    services: ServicesHere,
    person: PersonHere,
    format: Annotated[Literal["png", "npy", "json"], Query()] = "png",  # noqa: A002 - the name in REC-60
) -> Response:
    """Picture `step` as PNG, or the true observation as a NumPy file or as JSON (REC-60)."""
    row = require_episode(services, person, episode_id)
    try:
        try:
            return _read(services, row, step, format)
        except RecordingError:
            return _read(services, row, step, format)  # it may just have been sealed, and its journals taken away
    except IndexError:
        raise NothingHere(f"Episode {episode_id} has no observation {step}: its last one is {row.n_steps}.") from None


def _read(services: Services, row: EpisodeRow, step: int, wanted: str) -> Response:
    episode = _open_episode(services, row)
    answer = _answer(episode, step, wanted)
    if episode.is_sealed:
        answer.headers["Cache-Control"] = _FOREVER
    return answer


def _open_episode(services: Services, row: EpisodeRow) -> Episode:
    # Imported late: whoever plays needs no reader of recordings, and waits for a server that starts.
    from skill_arcade.dataset import open_dataset  # noqa: PLC0415

    recordings = open_dataset(services.store, services.folder.journals)
    try:
        return recordings.episode(row.id, SealedPlace(row.game_id, row.time_created.date(), row.id))
    except EpisodeNotFound:
        if row.server_id in {None, services.server_id}:
            raise
        raise NothingHere("This episode is on another server: its pictures can be seen when it is sealed.") from None


def _answer(episode: Episode, step: int, wanted: str) -> Response:
    if wanted == "png":
        rgb = episode.info.picture_format.to_rgb(episode.picture(step))
        return Response(encode_png(rgb), media_type="image/png")
    observation = episode.observation(step)
    if wanted == "npy":
        return Response(_encode_npy(observation), media_type="application/octet-stream")
    described: dict[str, Any] = (
        {"parts": [encode_part(part) for part in episode.info.observation_kind.parts or ()]}
        if isinstance(observation, dict)
        else {"dtype": str(observation.dtype), "shape": list(observation.shape)}
    )
    return JSONResponse({"obs_key": f"{episode.id}/{step}", **described, "observation": to_json_value(observation)})


def _encode_npy(observation: Observation) -> bytes:
    """A NumPy file: the array, or a structured array of shape () with a field for each part; JSON parts as text."""
    array = _gather(observation) if isinstance(observation, dict) else observation
    # Version 3, which has names in UTF-8, only where it is needed: not every reader knows it, and numpy warns of it.
    is_ascii = all(name.isascii() for name in array.dtype.names or ())
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=None if is_ascii else (3, 0), allow_pickle=False)
    return buffer.getvalue()


def _gather(parts: Mapping[str, Array | JsonValue]) -> Array:
    fields = {
        name: part if isinstance(part, np.ndarray) else np.array(encode_canonical(part).decode())
        for name, part in parts.items()
    }
    kind = np.dtype([(name, field.dtype, field.shape) for name, field in fields.items()])
    gathered = np.empty((), kind)
    for name, field in fields.items():
        gathered[name] = field
    return gathered
