from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from tests.server.players import Headers, begin, log_in_player

from skill_arcade.database.episodes import EpisodeRow, keep_episode
from skill_arcade.database.games import add_games_if_missing
from skill_arcade.games.catalogue import Catalogue
from skill_arcade.server.services import Services

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HANOI = Catalogue.load().get("Hanoi.v0").with_options({})[1]
FOUR_DISCS = {**HANOI, "discs": 4}


def make_end(user_id: UUID, metric: float | None, **facts: object) -> EpisodeRow:
    row = EpisodeRow(
        id=uuid4(),
        user_id=user_id,
        game_id="Hanoi.v0",
        seed=0,
        n_steps=12,
        status="won",
        time_created=NOW,
        time_updated=NOW,
        attempt_index=1,
        epoch=1,
        verification="verified",
        ended_at=NOW + timedelta(minutes=1),
        score=0.0,
        metric=metric,
        played_by="human",
        sealed=True,
    )
    return replace(row, **facts)  # type: ignore[arg-type]


def keep(services: Services, *rows: EpisodeRow) -> None:
    with services.database.write() as work:
        for row in rows:
            keep_episode(work, row)


def read_own(client: TestClient, headers: Headers) -> dict[str, dict[str, object]]:
    return {game["game_id"]: game for game in client.get("/me/games", headers=headers).json()["games"]}


def test_whoever_has_touched_nothing_has_an_empty_list(client: TestClient, guest: Headers) -> None:
    assert read_own(client, guest) == {}


def test_a_favourite_and_keys_are_set_one_by_one_and_for_oneself(
    client: TestClient, guest: Headers, other_guest: Headers
) -> None:
    empty: dict[str, object] = {"attempts": 0, "last_played": None, "running": None, "best": []}
    untouched = client.put("/me/games/Hanoi.v0", json={}, headers=guest)
    assert untouched.json() == {"game_id": "Hanoi.v0", "favourite": False, "keys": {}, **empty}
    keys = {"ArrowLeft": "KeyJ"}
    client.put("/me/games/Breakout.v0", json={"keys": keys}, headers=guest)
    answer = client.put("/me/games/Breakout.v0", json={"favourite": True}, headers=guest)
    assert answer.status_code == 200
    assert answer.json() == {"game_id": "Breakout.v0", "favourite": True, "keys": keys, **empty}
    assert read_own(client, guest) == {"Breakout.v0": answer.json()}
    assert read_own(client, other_guest) == {}
    client.put("/me/games/Breakout.v0", json={"keys": {}, "favourite": False}, headers=guest)
    assert read_own(client, guest)["Breakout.v0"]["keys"] == {}


@pytest.mark.parametrize(
    ("game_id", "body", "status", "code"),
    [
        ("Nope.v0", {"favourite": True}, 404, "unknown_game"),
        ("Breakout.v0", {"favourite": "yes"}, 422, "bad_request"),
        ("Breakout.v0", {"favourites": True}, 422, "bad_request"),
        ("Breakout.v0", {"keys": ["KeyA"]}, 422, "bad_request"),
        ("Breakout.v0", {"keys": {"KeyA": 3}}, 422, "bad_request"),
        ("Breakout.v0", {"keys": {"KeyA": {"KeyB": "KeyC"}}}, 422, "bad_request"),
        ("Breakout.v0", {"keys": {"KeyA": "Key" * 100}}, 422, "bad_request"),
        ("Breakout.v0", {"keys": {f"Key{n}": "KeyA" for n in range(201)}}, 422, "bad_request"),
        ("Breakout.v0", {"keys": {"KeyQ": "KeyB"}}, 422, "bad_keys"),
        ("Breakout.v0", {"keys": {"KeyA": "Escape"}}, 422, "bad_keys"),
        ("Breakout.v0", {"keys": {"KeyA": "ControlRight"}}, 422, "bad_keys"),
        ("Breakout.v0", {"keys": {"KeyA": "AltLeft"}}, 422, "bad_keys"),
        ("Breakout.v0", {"keys": {"KeyA": "MetaLeft"}}, 422, "bad_keys"),
        ("Breakout.v0", {"keys": {"KeyA": "KeyD"}}, 422, "bad_keys"),
        ("Breakout.v0", {"keys": {"KeyA": "KeyJ", "KeyD": "KeyJ"}}, 422, "bad_keys"),
        # Fine with three poles, and with four both would be Digit4.
        ("Hanoi.v0", {"keys": {"Digit1": "Digit4"}}, 422, "bad_keys"),
    ],
)
def test_what_cannot_be_set_is_refused_and_changes_nothing(
    client: TestClient, guest: Headers, game_id: str, body: object, status: int, code: str
) -> None:
    answer = client.put(f"/me/games/{game_id}", json=body, headers=guest)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"].endswith((".", "?"))
    assert read_own(client, guest) == {}


def test_a_key_that_only_an_option_gives_the_game_can_be_exchanged(client: TestClient, guest: Headers) -> None:
    answer = client.put("/me/games/Hanoi.v0", json={"keys": {"Digit1": "KeyA", "Digit4": "KeyF"}}, headers=guest)
    assert answer.status_code == 200


def test_attempts_and_the_running_episode_are_told(client: TestClient, services: Services, guest: Headers) -> None:
    first, second = (begin(client, services, guest) for _ in range(2))
    own = read_own(client, guest)["Breakout.v0"]
    assert own["attempts"] == 2
    assert own["running"] == {
        "episode_id": str(second),
        "n_steps": 0,
        "options": services.catalogue.get("Breakout.v0").with_options({})[1],
        "started": "2026-01-01T00:00:00Z",
    }
    assert own["last_played"] == "2026-01-01T00:00:00Z"
    assert first != second


def test_the_best_is_told_for_each_choice_of_options_by_the_games_own_metric(
    client: TestClient, services: Services
) -> None:
    person, headers = log_in_player(services)
    keep(
        services,
        make_end(person.id, 9.0, options=HANOI),
        make_end(person.id, 7.0, options=HANOI),
        make_end(person.id, 30.0, options=FOUR_DISCS),
        make_end(person.id, 1.0, options=HANOI, status="incomplete"),
        make_end(person.id, None, options=HANOI, status="lost"),
        make_end(person.id, 5.0, game_id="Breakout.v0"),
        make_end(person.id, 80.0, game_id="Breakout.v0"),
    )
    own = read_own(client, headers)
    assert own["Hanoi.v0"]["best"] == [{"options": HANOI, "metric": 7.0}, {"options": FOUR_DISCS, "metric": 30.0}]
    assert own["Breakout.v0"]["best"] == [{"options": {}, "metric": 80.0}]


def test_a_game_that_is_not_offered_any_more_is_left_out(client: TestClient, services: Services) -> None:
    person, headers = log_in_player(services)
    with services.database.write() as work:
        add_games_if_missing(work, {"Gone.v0": {}}, NOW)
        keep_episode(work, make_end(person.id, 1.0, game_id="Gone.v0"))
    assert read_own(client, headers) == {}


def ask_scores(client: TestClient, headers: Headers, **query: str) -> dict[str, object]:
    answer = client.get("/games/Hanoi.v0/scores", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_scores_are_those_of_the_same_options_and_name_nobody(client: TestClient, services: Services) -> None:
    (ada, mine), (bob, _) = (log_in_player(services) for _ in range(2))
    keep(
        services,
        make_end(ada.id, 9.0, options=HANOI),
        make_end(ada.id, 8.0, options=HANOI),
        make_end(bob.id, 7.0, options=HANOI),
        make_end(bob.id, 15.0, options=FOUR_DISCS),
    )
    told = ask_scores(client, mine)
    facts = {"score": 0.0, "n_steps": 12, "time": "2026-01-01T00:01:00Z", "status": "won"}
    assert told == {
        "scores": [{"metric": 7.0, "own": False, **facts}, {"metric": 8.0, "own": True, **facts}],
        "n_players": 2,
        "n_episodes": 3,
    }
    assert ask_scores(client, mine, options='{"poles": 3, "discs": 3}', limit="1")["scores"] == told["scores"][:1]  # type: ignore[index]
    assert ask_scores(client, mine, options='{"discs": 4}')["n_episodes"] == 1
    assert ask_scores(client, mine, options="{}") == told


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"options": '{"disks": 3}'}, "bad_options"),
        ({"options": '{"discs": 99}'}, "bad_options"),
        ({"options": '{"discs": true}'}, "bad_options"),
        ({"options": '{"discs": "3"}'}, "bad_options"),
        ({"options": '{"discs": NaN}'}, "bad_options"),
        ({"options": '{"discs": 3.5}'}, "bad_options"),
        ({"options": '{"discs": [3]}'}, "bad_request"),
        ({"options": '{"discs": null}'}, "bad_request"),
        ({"options": '{"discs": {"discs": 3}}'}, "bad_request"),
        ({"options": "[]"}, "bad_request"),
        ({"options": "3"}, "bad_request"),
        ({"options": ""}, "bad_request"),
        ({"options": "{"}, "bad_request"),
        ({"options": "[" * 1999}, "bad_request"),
        ({"options": '{"discs": ' + "9" * 1900 + "}"}, "bad_request"),
        ({"options": " " * 2001}, "bad_request"),
        ({"limit": "0"}, "bad_request"),
        ({"limit": "101"}, "bad_request"),
    ],
)
def test_scores_of_what_cannot_be_are_refused(
    client: TestClient, guest: Headers, query: dict[str, str], code: str
) -> None:
    answer = client.get("/games/Hanoi.v0/scores", params=query, headers=guest)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert client.get("/games/Nope.v0/scores", params=query, headers=guest).status_code in {404, 422}
