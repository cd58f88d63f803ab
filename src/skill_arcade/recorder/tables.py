"""The columns of a sealed episode's tables, and how each file is compressed (REC-41 to REC-46)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from skill_arcade.domain.observation import ObservationKind
from skill_arcade.recorder.observation_column import column_type

_TEXT = pa.string()
_TIME = pa.timestamp("us", tz="UTC")

JSON_COLUMNS = frozenset(
    {"env_kwargs", "options", "environment", "packages", "observation", "reset_info", "game", "adopted"}
)
"""Columns of `episodes` that hold JSON as a string."""

TOLD_BY_CLIENT = frozenset(
    {
        *("refresh_hz", "device_pixel_ratio"),
        *("client_us", "client_utc_ms", "clock_step_us", "t0_client_us", "t3_client_us"),
        *("x", "y", "action", "t_client_us", "shown_step"),
    }
)
"""Columns of `episodes`, `segments`, `clock_samples` and `events` with numbers that a client tells of itself. What does
not fit such a column is null: no client can keep an episode from being sealed. Anything else that does not fit is
a fault of ours, which must be found and not be hidden."""

# With the columns of the path, as a reader sees it.
EPISODES = pa.schema(
    [
        ("episode_id", _TEXT),
        ("user", _TEXT),
        ("played_by", _TEXT),
        ("session_id", _TEXT),
        ("game_id", _TEXT),
        ("date", pa.date32()),
        ("attempt_index", pa.int32()),
        ("env_id", _TEXT),
        ("env_kwargs", _TEXT),
        ("options", _TEXT),
        ("environment", _TEXT),
        ("packages", _TEXT),
        ("server_commit", _TEXT),
        ("rom_md5", _TEXT),
        ("picture_width", pa.int32()),
        ("picture_height", pa.int32()),
        ("pixels", _TEXT),
        ("palette", pa.binary()),
        ("observation", _TEXT),
        ("seed", pa.int64()),
        ("seed_policy", _TEXT),
        ("noop_starts", pa.int32()),
        ("reset_info", _TEXT),
        ("repeat_action_probability", pa.float64()),
        ("frameskip", pa.int32()),
        ("pacing", _TEXT),
        ("tick_hz", pa.float64()),
        ("action_meanings", pa.list_(_TEXT)),
        ("max_steps", pa.int64()),
        ("n_steps", pa.int32()),
        ("score", pa.float64()),
        ("metric", pa.float64()),
        ("metric_name", _TEXT),
        ("status", _TEXT),
        ("end_reason", _TEXT),
        ("end_detail", _TEXT),
        ("started_utc", _TIME),
        ("ended_utc", _TIME),
        ("time_zone", _TEXT),
        ("active_time_s", pa.float64()),
        ("final_hash", _TEXT),
        ("verification", _TEXT),
        ("verification_detail", _TEXT),
        ("browser", _TEXT),
        ("refresh_hz", pa.float64()),
        ("device_pixel_ratio", pa.float64()),
        ("input_device", _TEXT),
        ("consent_version", _TEXT),
        ("recorder_version", _TEXT),
        ("game", _TEXT),
        ("adopted", _TEXT),
    ]
)

SEGMENTS = pa.schema(
    [
        ("episode_id", _TEXT),
        ("segment", pa.int32()),
        ("epoch", pa.int32()),
        ("server_boot", _TEXT),
        ("page_load", _TEXT),
        ("first_step", pa.int32()),
        ("utc_ns", pa.int64()),
        ("monotonic_ns", pa.int64()),
        ("cause", _TEXT),
        ("gap_ns", pa.int64()),
        ("client", _TEXT),
        ("client_us", pa.int64()),
        ("client_utc_ms", pa.int64()),
        ("clock_step_us", pa.float64()),
    ]
)

CLOCK_SAMPLES = pa.schema(
    [
        ("episode_id", _TEXT),
        ("segment", pa.int32()),
        ("t0_client_us", pa.int64()),
        ("t1_server_us", pa.int64()),
        ("t2_server_us", pa.int64()),
        ("t3_client_us", pa.int64()),
        ("clock_step_us", pa.float64()),
    ]
)


PARTITION_COLUMNS = ("game_id", "date")
"""Columns of `episodes` that are in the path of the file and therefore not in it (REC-36)."""

EPISODES_FILE = pa.schema([field for field in EPISODES if field.name not in PARTITION_COLUMNS])
"""`episodes` as it stands in a file."""


def action_type(*, is_list: bool) -> pa.DataType:
    """The type of an action: a number of a discrete space, or a list of the action's elements."""
    return pa.list_(pa.float64()) if is_list else pa.int32()


def steps_schema(action: pa.DataType) -> pa.Schema:
    """Table `steps` (REC-44)."""
    return pa.schema(
        [
            ("episode_id", _TEXT),
            ("step", pa.int32()),
            ("action", action),
            ("executed_action", action),
            ("reward", pa.float64()),
            ("terminated", pa.bool_()),
            ("truncated", pa.bool_()),
            ("invalid", pa.bool_()),
            ("lives", pa.int32()),
            ("t_tick_ns", pa.int64()),
            ("drawn_at_client_us", pa.int64()),
            ("drawn_segment", pa.int32()),
            ("input_seq", pa.int64()),
            ("shown_step", pa.int64()),
            ("t_input_us", pa.int64()),
            ("replayed_input", pa.bool_()),
            ("state_hash", _TEXT),
            ("segment", pa.int32()),
            ("epoch", pa.int32()),
            ("info", _TEXT),
        ]
    )


def events_schema(action: pa.DataType) -> pa.Schema:
    """Table `events` (REC-45)."""
    return pa.schema(
        [
            ("episode_id", _TEXT),
            ("segment", pa.int32()),
            ("seq", pa.int64()),
            ("kind", _TEXT),
            ("code", _TEXT),
            ("key", _TEXT),
            ("x", pa.float64()),
            ("y", pa.float64()),
            ("action", action),
            ("held", _TEXT),
            ("t_client_us", pa.int64()),
            ("shown_step", pa.int64()),
            ("t_received_ns", pa.int64()),
            ("applied_step", pa.int64()),
            ("step", pa.int32()),
            ("replayed", pa.bool_()),
            ("detail", _TEXT),
        ]
    )


def frames_schema(observation: ObservationKind) -> pa.Schema:
    """Table `frames` (REC-46)."""
    columns = [
        ("episode_id", _TEXT),
        ("step", pa.int32()),
        ("picture", pa.binary()),
        ("drawn_at_client_us", pa.int64()),
        ("drawn_segment", pa.int32()),
    ]
    if not observation.is_picture:
        columns.append(("observation", column_type(observation)))
    return pa.schema(columns)


def writer_options(schema: pa.Schema, level: int) -> dict[str, Any]:
    """How pyarrow is to write a table's file, packed by zstd at this level.

    Times and counters that rise steadily take a tenth of the bytes as differences. Pictures have no
    dictionary: it would be held in memory, and hardly one picture is like another.
    """
    rising = [field.name for field in schema if field.type in (pa.int64(), pa.int32())]
    words = [field.name for field in schema if field.type in (pa.string(), pa.float64())]
    return {
        "compression": "zstd",
        "compression_level": level,
        "use_dictionary": words,
        # Smallest and largest picture: looked for byte by byte, and left out for their size.
        "write_statistics": [field.name for field in schema if field.name not in ("picture", "observation")],
        "column_encoding": dict.fromkeys(rising, "DELTA_BINARY_PACKED"),
    }
