from __future__ import annotations

import struct

import msgspec
import pytest
from tests.recorder.recordings import step_of

from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.recorder.records import INPUT, encode_step, parse_step
from skill_arcade.recorder.step_columns import parse_steps

RECORDS = [
    *(step_of(step) for step in range(9)),
    msgspec.structs.replace(step_of(9), info={"seen": [1, 2]}),
    msgspec.structs.replace(step_of(10), action=(0.5, -1.0), executed_action=(0.25, -1.0)),
    msgspec.structs.replace(step_of(11), executed_action=3, lives=None, terminated=True),
]
FIELDS = ("step", "reward", "t_tick_ns", "input_seq")


def test_columns_say_what_each_record_says() -> None:
    """REC-20."""
    bodies = [encode_step(record) for record in RECORDS]
    columns = parse_steps(bodies)
    for name in FIELDS:
        assert columns.fixed[name].tolist() == [getattr(record, name) for record in RECORDS]
    assert columns.fixed["action"].tolist() == [*(step % 2 for step in range(10)), -1, 1]
    assert columns.has(INPUT).tolist() == [record.shown_step is not None for record in RECORDS]
    assert columns.hashes == {i: each.state_hash for i, each in enumerate(RECORDS) if each.state_hash is not None}
    assert columns.extra == {i: parse_step(bodies[i]) for i in (9, 10, 11)}


def test_of_no_steps_there_are_columns_of_none() -> None:
    assert len(parse_steps([]).fixed) == 0


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (encode_step(step_of(1))[:47], "has 47 bytes"),
        (encode_step(step_of(0)) + b"!", "which its flags do not explain"),
        (encode_step(step_of(1))[:-1], "which its flags do not explain"),
        (struct.pack("<II", 1, 1 << 7) + encode_step(step_of(0))[8:], "unknown flags 0x80"),
        (encode_step(RECORDS[9])[:-1], "should be JSON is not"),
    ],
)
def test_a_record_that_is_none_is_refused_among_others(body: bytes, why: str) -> None:
    """REC-20: as when records are read one by one."""
    with pytest.raises(JournalCorrupt, match=why):
        parse_step(body)
    with pytest.raises(JournalCorrupt, match=why):
        parse_steps([encode_step(step_of(0)), body, encode_step(step_of(2))])
