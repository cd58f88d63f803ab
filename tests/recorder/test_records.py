from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.recorder.recordings import step_of

from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.recorder.records import (
    ObservationRecord,
    PictureRecord,
    StepRecord,
    encode_json,
    encode_observation,
    encode_picture,
    encode_step,
    parse_json,
    parse_observation,
    parse_picture,
    parse_step,
)

U32 = st.integers(0, 2**32 - 1)
I32 = st.integers(-(2**31), 2**31 - 1)
I64 = st.integers(-(2**63), 2**63 - 1)
ACTION = I32 | st.lists(st.floats(allow_nan=False, allow_infinity=False)).map(tuple)
INPUT = st.none() | st.tuples(U32, I64)
INFO = st.none() | st.dictionaries(st.text(), I64 | st.text() | st.none(), min_size=1)


@st.composite
def steps(draw: st.DrawFn) -> StepRecord:
    shown_step, t_input_us = draw(INPUT) or (None, None)
    return StepRecord(
        step=draw(U32),
        action=draw(ACTION),
        reward=draw(st.floats(allow_nan=False)),
        terminated=draw(st.booleans()),
        truncated=draw(st.booleans()),
        invalid=draw(st.booleans()),
        lives=draw(st.none() | st.integers(0, 2**31 - 1)),
        t_tick_ns=draw(I64),
        input_seq=draw(U32),
        shown_step=shown_step,
        t_input_us=t_input_us,
        replayed_input=draw(st.booleans()),
        state_hash=draw(st.none() | st.binary(min_size=8, max_size=8).map(bytes.hex)),
        executed_action=draw(st.none() | ACTION),
        info=draw(INFO),
    )


@given(steps())
def test_a_step_is_read_as_it_was_written(step: StepRecord) -> None:
    """REC-20, REC-3."""
    assert parse_step(encode_step(step)) == step


def test_a_plain_step_has_48_bytes_and_one_with_a_hash_56() -> None:
    """REC-20."""
    assert len(encode_step(step_of(0))) == 48
    assert len(encode_step(step_of(1))) == 56


def test_the_bits_of_a_reward_are_kept() -> None:
    """REC-20, REC-50: a negative zero is not zero."""
    reward = parse_step(encode_step(StepRecord(**{**_members(step_of(0)), "reward": -0.0}))).reward
    assert math.copysign(1, reward) == -1


def _members(step: StepRecord) -> dict[str, Any]:
    return {name: getattr(step, name) for name in StepRecord.__struct_fields__}


def test_half_an_input_is_refused() -> None:
    """REC-3: of one input both the picture and the time are known, or neither."""
    with pytest.raises(ValueError, match="both are there or neither"):
        encode_step(StepRecord(**{**_members(step_of(0)), "t_input_us": None}))


@given(st.binary(max_size=80))
def test_bytes_that_are_no_step_are_told_as_corrupt(body: bytes) -> None:
    """REC-13: nothing but JournalCorrupt, whatever the bytes."""
    for parse in (parse_step, parse_picture, parse_observation, parse_json):
        try:
            parse(body)
        except JournalCorrupt:
            continue


@given(U32, st.booleans(), st.binary())
def test_a_picture_is_read_as_it_was_written(step: int, key: bool, payload: bytes) -> None:
    """REC-21."""
    body = encode_picture(step, key, payload)
    assert parse_picture(body) == PictureRecord(step, key, payload)


@given(U32, st.binary())
def test_an_observation_is_read_as_it_was_written(step: int, data: bytes) -> None:
    """REC-22."""
    assert parse_observation(encode_observation(step, data)) == ObservationRecord(step, data)


@given(st.dictionaries(st.text(st.characters()), st.text(st.characters())))
def test_any_text_survives_even_half_a_surrogate_pair(members: dict[str, str]) -> None:
    """REC-24: what a browser calls a key is kept, whatever it is."""
    assert parse_json(encode_json(members)) == members


def test_a_number_that_json_does_not_have_is_refused_by_the_writer() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_json({"value": math.nan})
