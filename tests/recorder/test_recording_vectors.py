"""The golden recordings of RECORDING.md, read and written."""

from __future__ import annotations

import json
import runpy
import zlib
from pathlib import Path
from typing import Any

import pytest

from skill_arcade.domain.action import Action
from skill_arcade.domain.canonical_json import to_json_value
from skill_arcade.domain.errors import RecordingError
from skill_arcade.games.environments.state_hash import compute_state_hash
from skill_arcade.recorder.gathering import gather_records
from skill_arcade.recorder.journal import RECORD_HEADER, JournalWriter, compute_crc, encode_file_header
from skill_arcade.recorder.reading import read_episode_journal, scan_journal
from skill_arcade.recorder.records import (
    RecordKind,
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

FOLDER = Path(__file__).parents[2] / "protocol" / "vectors" / "recording"
VECTORS: list[dict[str, Any]] = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]
READABLE = [each for each in VECTORS if each["name"] != "refused"]


def named(vectors: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(each, id=f"{each['name']} {' '.join(each['rules'])}") for each in vectors]


def as_action(value: int | list[float] | None) -> Action | None:
    return tuple(value) if isinstance(value, list) else value


def encode_body(kind: RecordKind, body: dict[str, Any]) -> bytes:
    if kind is RecordKind.STEP:
        actions = {name: as_action(body[name]) for name in ("action", "executed_action")}
        return encode_step(StepRecord(**{**body, **actions}))
    if kind is RecordKind.PICTURE:
        return encode_picture(body["step"], body["key"], bytes.fromhex(body["payload"]))
    if kind is RecordKind.OBSERVATION:
        return encode_observation(body["step"], bytes.fromhex(body["data"]))
    return encode_json(json.loads(body["text"]))


def parse_body(kind: RecordKind, body: bytes) -> dict[str, Any]:
    if kind is RecordKind.STEP:
        step = parse_step(body)
        return {name: getattr(step, name) for name in StepRecord.__struct_fields__}
    if kind is RecordKind.PICTURE:
        picture = parse_picture(body)
        return {"step": picture.step, "key": picture.key, "payload": picture.payload.hex()}
    if kind is RecordKind.OBSERVATION:
        observation = parse_observation(body)
        return {"step": observation.step, "data": observation.data.hex()}
    return parse_json(body)


def expected_body(kind: RecordKind, body: dict[str, Any]) -> dict[str, Any]:
    if kind is RecordKind.STEP:
        return {**body, **{name: as_action(body[name]) for name in ("action", "executed_action")}}
    return parse_json(body["text"].encode()) if "text" in body else body


@pytest.mark.parametrize("vector", named(READABLE))
def test_every_record_is_found_and_read(vector: dict[str, Any]) -> None:
    """REC-11, REC-12, REC-13, REC-14."""
    for journal in vector["journals"]:
        scan = scan_journal(FOLDER / vector["name"] / f"{journal['epoch']:06d}.journal")
        found = [(record.kind.name, parse_body(record.kind, record.body)) for record in scan]
        expected = [(r["kind"], expected_body(RecordKind[r["kind"]], r["body"])) for r in journal["records"]]
        assert found == expected
        assert (str(scan.episode_id), scan.epoch) == (vector["episode_id"], journal["epoch"])


@pytest.mark.parametrize("vector", named(READABLE))
def test_the_episode_is_what_the_vector_says(vector: dict[str, Any]) -> None:
    """REC-15, REC-17, REC-21, REC-22, REC-23, REC-30, REC-31."""
    journal, expected = read_episode_journal(FOLDER / vector["name"]), vector["episode"]
    assert journal.n_steps == expected["n_steps"]
    assert journal.last_input_seq == expected["last_input_seq"]
    assert (journal.end is not None) == expected["ended"]
    assert len(journal.damage) == expected["n_damages"]
    assert [segment["segment"] for segment in journal.segments] == expected["segments"]
    pictures = [(number, picture.tobytes().hex()) for number, picture in journal.pictures]
    assert pictures == list(enumerate(expected["pictures"]))
    steps = list(journal.steps)
    assert [step.step for step in steps] == list(range(journal.n_steps))
    if "rewards" in expected:
        assert [step.reward for step in steps] == expected["rewards"]
        assert [step.action for step in steps] == [as_action(each) for each in expected["actions"]]
        assert [to_json_value(each) for _, each in journal.observations] == expected["observations"]
    if "state_hashes" in expected:
        assert [step.state_hash for step in steps] == expected["state_hashes"]
        observations = dict(journal.observation_bytes)
        for number, picture in journal.pictures:
            if number > 0 and expected["state_hashes"][number - 1] is not None:
                assert compute_state_hash(observations[number], picture) == expected["state_hashes"][number - 1]
    if "drawn" in expected:
        drawn = gather_records(journal).drawn
        found = [list(pair) for pair in zip(drawn.at_us, drawn.segment, strict=True)]
        assert found == expected["drawn"]


def test_a_record_of_unknown_kind_below_128_is_refused() -> None:
    """REC-14."""
    with pytest.raises(RecordingError, match="kind 100"):
        read_episode_journal(FOLDER / "refused")


@pytest.mark.parametrize("vector", named([each for each in VECTORS if each["name"] == "epochs"]))
def test_writing_the_records_gives_the_very_bytes(vector: dict[str, Any], tmp_path: Path) -> None:
    """REC-10, REC-11, REC-12, REC-20, REC-21, REC-22."""
    for journal in vector["journals"][:2]:
        original = (FOLDER / vector["name"] / f"{journal['epoch']:06d}.journal").read_bytes()
        described = [(RecordKind[record["kind"]], record["body"]) for record in journal["records"]]
        records = [(kind, encode_body(kind, body)) for kind, body in described]
        episode_id = read_episode_journal(FOLDER / vector["name"]).episode_id
        writer = JournalWriter.create(tmp_path, episode_id, journal["epoch"])
        writer.write(records)
        writer.close()
        assert writer.path.read_bytes() == original
        assert (writer.n_bytes, len(original)) == (journal["n_bytes"], journal["n_bytes"])


@pytest.mark.parametrize("vector", named(READABLE))
def test_every_body_is_written_as_the_vector_has_it(vector: dict[str, Any]) -> None:
    """REC-12, REC-20: byte for byte, also where a vector holds what no writer of today writes."""
    for journal in vector["journals"]:
        data = (FOLDER / vector["name"] / f"{journal['epoch']:06d}.journal").read_bytes()
        scan = scan_journal(FOLDER / vector["name"] / f"{journal['epoch']:06d}.journal")
        assert data.startswith(encode_file_header(scan.episode_id, journal["epoch"]) if scan.episode_id else data)
        for record, described in zip(scan, journal["records"], strict=True):
            assert encode_body(record.kind, described["body"]) == record.body


def test_the_golden_recordings_are_those_that_the_script_makes(tmp_path: Path) -> None:
    """What clients in the field rely on changes in the script and in the files, or in neither."""
    script = runpy.run_path(str(FOLDER.parent / "make_recording_vectors.py"))
    script["main"].__globals__["HERE"] = tmp_path
    script["main"]()
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert made == {path.relative_to(FOLDER): path.read_bytes() for path in FOLDER.rglob("*.*")}


def test_a_checksum_is_that_of_its_predecessor_its_kind_and_its_body() -> None:
    """REC-12: worked out by hand."""
    assert compute_crc(0x01020304, 6, b"body") == zlib.crc32(b"\x04\x03\x02\x01\x06body")
    assert RECORD_HEADER.size == 9
