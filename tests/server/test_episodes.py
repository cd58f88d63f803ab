from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.recorder.recordings import (
    EPISODE,
    PALETTE,
    PARTS,
    CountingJournal,
    observation_of,
    parts_of,
    picture_of,
)
from tests.server.players import Headers, index, log_in_player, record

from skill_arcade.archive.local import LocalStore
from skill_arcade.dataset.journal_source import JournalSource
from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.records import encode_observation
from skill_arcade.recorder.seal import seal_episode
from skill_arcade.server.services import Services


def seal(services: Services, journal: CountingJournal) -> None:
    journal.end()
    seal_episode(services.folder.journals / str(EPISODE), LocalStore(services.folder.root))
    index(services)


def expected_rgb(step: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    table = np.frombuffer(PALETTE, dtype=np.uint8).reshape(256, 3)
    return np.asarray(table[picture_of(step)])


def test_players_see_their_own_episodes_and_administrators_all(
    client: TestClient, services: Services, guest: Headers, admin: Headers
) -> None:
    person, player = log_in_player(services)
    record(services, person)

    def ids(headers: Headers, query: str = "") -> list[str]:
        return [each["id"] for each in client.get(f"/episodes{query}", headers=headers).json()["episodes"]]

    assert ids(player) == [str(EPISODE)]
    assert ids(guest) == []
    assert ids(admin) == [str(EPISODE)]
    assert ids(admin, "?owner=me") == []
    assert ids(guest, "?owner=all") == []


def test_an_episode_tells_what_its_record_says(client: TestClient, services: Services) -> None:
    person, player = log_in_player(services)
    seal(services, record(services, person))
    episode = client.get(f"/episodes/{EPISODE}", headers=player).json()
    assert episode["user_id"] == str(person.id)
    assert (episode["status"], episode["end_reason"], episode["n_steps"]) == ("incomplete", "player_quit", 5)
    assert episode["sealed"] is True
    assert episode["time_created"] == "2026-01-31T23:59:59.500000Z"


def test_the_list_goes_on_where_a_page_ended(client: TestClient, services: Services, guest: Headers) -> None:
    for _ in range(3):
        ticket = client.post("/play-tickets", json={"game_id": "Breakout.v0"}, headers=guest).json()["ticket"]
        services.tickets.redeem(ticket, "Breakout.v0")
    first = client.get("/episodes?limit=2", headers=guest).json()
    second = client.get(f"/episodes?limit=2&before={first['next_before']}", headers=guest).json()
    assert (len(first["episodes"]), len(second["episodes"]), second["next_before"]) == (2, 1, None)


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "status=asleep", "before=x", "owner=you"])
def test_a_wrong_filter_is_refused(client: TestClient, guest: Headers, query: str) -> None:
    answer = client.get(f"/episodes?{query}", headers=guest)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


@pytest.mark.parametrize("is_sealed", [False, True])
def test_a_picture_is_the_recorded_one_looked_up_in_its_palette_rec_60(
    client: TestClient, services: Services, *, is_sealed: bool
) -> None:
    person, player = log_in_player(services)
    journal = record(services, person)
    if is_sealed:
        seal(services, journal)
    for step in (0, 3, 5):
        png = client.get(f"/observations/{EPISODE}/{step}", headers=player)
        assert png.headers["content-type"] == "image/png"
        npy = client.get(f"/observations/{EPISODE}/{step}?format=npy", headers=player)
        assert np.array_equal(np.load(io.BytesIO(npy.content)), expected_rgb(step))
        json = client.get(f"/observations/{EPISODE}/{step}?format=json", headers=player).json()
        assert json["obs_key"] == f"{EPISODE}/{step}"
        assert np.array_equal(json["observation"], expected_rgb(step))
        assert ("immutable" in png.headers["cache-control"]) == is_sealed


def test_a_picture_is_there_also_while_its_episode_is_being_sealed_rec_60(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, player = log_in_player(services)
    journal = record(services, person)
    folder = services.folder.journals / str(EPISODE)
    really_read = JournalSource.read_row

    def read_row(source: JournalSource) -> Mapping[str, Any]:
        if folder.exists():
            seal(services, journal)
            shutil.rmtree(folder)
            raise RecordingError("The journals are gone.")
        return really_read(source)

    monkeypatch.setattr(JournalSource, "read_row", read_row)
    assert client.get(f"/observations/{EPISODE}/3", headers=player).status_code == 200


def test_an_observation_that_is_not_the_picture_is_given_as_it_was_rec_60(
    client: TestClient, services: Services
) -> None:
    person, player = log_in_player(services)
    record(services, person, has_observation=True)
    npy = client.get(f"/observations/{EPISODE}/3?format=npy", headers=player)
    found = np.load(io.BytesIO(npy.content))
    assert found.dtype == np.float32
    assert np.array_equal(found, observation_of(3))


def test_what_json_has_no_number_for_is_a_string_rec_60(client: TestClient, services: Services) -> None:
    person, player = log_in_player(services)
    journal = record(services, person, n_steps=0, has_observation=True)
    *others, (kind, _) = journal.group(0)
    odd = np.array([np.nan, -np.inf], np.float32)
    journal.writer.write([*others, (kind, encode_observation(1, odd.tobytes()))])
    json = client.get(f"/observations/{EPISODE}/1?format=json", headers=player).json()
    assert (json["dtype"], json["observation"]) == ("float32", ["NaN", "-Infinity"])


@pytest.mark.parametrize("is_sealed", [False, True])
def test_an_observation_of_parts_is_given_by_part_rec_60(
    client: TestClient, services: Services, *, is_sealed: bool
) -> None:
    person, player = log_in_player(services)
    journal = record(services, person, has_observation=True, has_parts=True)
    if is_sealed:
        seal(services, journal)
    expected = parts_of(3)
    json = client.get(f"/observations/{EPISODE}/3?format=json", headers=player).json()
    assert json["obs_key"] == f"{EPISODE}/3"
    assert json["parts"] == PARTS["parts"]
    grid = [[1.5, -3.0], ["NaN", "Infinity"]]
    assert json["observation"] == {"count": 3, "grid.0": grid, "wörd": expected["wörd"]}
    npy = client.get(f"/observations/{EPISODE}/3?format=npy", headers=player)
    found = np.load(io.BytesIO(npy.content), allow_pickle=False)
    assert (found.shape, found.dtype.names) == ((), ("count", "grid.0", "wörd"))
    for name in ("count", "grid.0"):
        assert (found[name].dtype, found[name].shape) == (expected[name].dtype, expected[name].shape)
        assert found[name].tobytes() == expected[name].tobytes()
    assert str(found["wörd"]) == '{"step":[3],"é":null}'


@pytest.mark.parametrize(("path", "status", "code"), [("6", 404, "not_found"), ("-1", 422, "bad_request")])
def test_there_is_one_picture_more_than_steps(
    client: TestClient, services: Services, path: str, status: int, code: str
) -> None:
    person, player = log_in_player(services)
    record(services, person)
    answer = client.get(f"/observations/{EPISODE}/{path}", headers=player)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_somebody_elses_episode_and_none_at_all_look_alike(
    client: TestClient, services: Services, guest: Headers
) -> None:
    person, _ = log_in_player(services)
    record(services, person)
    for path in ("/episodes/{}", "/observations/{}/0"):
        theirs = client.get(path.format(EPISODE), headers=guest)
        nobodys = client.get(path.format(unknown := uuid4()), headers=guest)
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.json()["code"] == "unknown_episode"
        assert theirs.text.replace(str(EPISODE), "") == nobodys.text.replace(str(unknown), "")
        assert isinstance(unknown, UUID)
