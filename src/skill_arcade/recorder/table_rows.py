"""The rows of a sealed episode's tables, made from its journals one after another; never all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from skill_arcade.domain.action import Action
from skill_arcade.recorder.drawn_times import DrawnTimes
from skill_arcade.recorder.episode_journal import EpisodeJournal, Members
from skill_arcade.recorder.episode_row import encode_compact
from skill_arcade.recorder.observation_column import make_cell
from skill_arcade.recorder.records import RecordKind, StepRecord, parse_json, parse_step
from skill_arcade.recorder.tables import JSON_COLUMNS, TOLD_BY_CLIENT

Row = dict[str, Any]


def iterate_step_rows(journal: EpisodeJournal, drawn: DrawnTimes) -> Iterator[Row]:
    """Rows of table `steps`."""
    episode_id = str(journal.episode_id)
    segment: int | None = None
    for record in journal.records():
        if record.kind is RecordKind.SEGMENT:
            segment = parse_json(record.body)["segment"]
        elif record.kind is RecordKind.STEP:
            yield _step_row(parse_step(record.body), episode_id, drawn, segment, record.epoch)


def _step_row(step: StepRecord, episode_id: str, drawn: DrawnTimes, segment: int | None, epoch: int) -> Row:
    return {
        "episode_id": episode_id,
        "step": step.step,
        "action": _list_or_number(step.action),
        "executed_action": _list_or_number(step.executed_action),
        "reward": step.reward,
        "terminated": step.terminated,
        "truncated": step.truncated,
        "invalid": step.invalid,
        "lives": step.lives,
        "t_tick_ns": step.t_tick_ns,
        "drawn_at_client_us": drawn.at_us[step.step + 1],
        "drawn_segment": drawn.segment[step.step + 1],
        "input_seq": step.input_seq,
        "shown_step": step.shown_step,
        "t_input_us": step.t_input_us,
        "replayed_input": step.replayed_input,
        "state_hash": step.state_hash,
        "segment": segment,
        "epoch": epoch,
        "info": _as_utf8(encode_compact(step.info)) if step.info else None,
    }


def iterate_frame_rows(journal: EpisodeJournal, drawn: DrawnTimes) -> Iterator[Row]:
    """Rows of table `frames`: one more than there are steps."""
    episode_id = str(journal.episode_id)
    kind = journal.observation_kind
    observations = None if kind.is_picture else journal.observation_bytes
    for number, picture in journal.pictures:
        row: Row = {
            "episode_id": episode_id,
            "step": number,
            "picture": picture.tobytes(),
            "drawn_at_client_us": drawn.at_us[number],
            "drawn_segment": drawn.segment[number],
        }
        if observations is not None:
            row["observation"] = make_cell(kind, next(observations)[1])
        yield row


def iterate_json_rows(records: Iterator[Members], episode_id: str, schema: pa.Schema) -> Iterator[Row]:
    """Rows of `segments`, `clock_samples` or `events`: the members that the table has a column for."""
    for members in records:
        row = {field.name: _cell(members.get(field.name), field) for field in schema}
        yield {**row, "episode_id": episode_id}


def encode_episode_row(row: Mapping[str, Any], schema: pa.Schema) -> Row:
    """The row of table `episodes` with its JSON columns as strings."""
    cells = {field.name: row.get(field.name) for field in schema}
    for name in JSON_COLUMNS:
        cells[name] = None if cells[name] is None else encode_compact(cells[name])
    return {field.name: _cell(cells[field.name], field) for field in schema}


def _cell(value: Any, column: pa.Field) -> Any:  # noqa: ANN401 - a JSON value in, a column's value out
    """A JSON value as a column takes it: what is no text, as JSON; what a client told and does not fit, as null."""
    if value is None:
        return None
    if column.type != pa.string():
        return value if column.name not in TOLD_BY_CLIENT or _fits(value, column.type) else None
    return _as_utf8(value if isinstance(value, str) else encode_compact(value))


def _as_utf8(text: str) -> str:
    # Half of a surrogate pair is a character in JavaScript's world and in Python's; UTF-8 has no bytes for it.
    return text.encode("utf-8", "replace").decode()


def _fits(value: object, kind: pa.DataType) -> bool:
    try:
        pa.scalar(value, kind)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return False
    return True


def _list_or_number(action: Action | None) -> int | list[float] | None:
    return list(action) if isinstance(action, tuple) else action
