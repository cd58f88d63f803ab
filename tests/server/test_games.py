from __future__ import annotations

import gzip
import json
from pathlib import Path

from fastapi.testclient import TestClient
from tests.naughty import make_misbehaving_game

from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.server.game_conditions import Condition, GameConditions
from skill_arcade.server.http.game_answers import GameAnswers
from skill_arcade.server.services import Services

PNG = b"\x89PNG\r\n\x1a\n"


def test_every_game_tells_its_controls_live_38(client: TestClient, services: Services) -> None:
    games = client.get("/games").json()["games"]
    assert [game["id"] for game in games] == [game.id for game in services.catalogue]
    breakout = client.get("/games/Breakout.v0").json()
    assert breakout in games
    assert [control["keys"] for control in breakout["controls"] if control["does"] == "LEFT"] == [["ArrowLeft", "KeyA"]]
    assert breakout["pacing"] == {"mode": "realtime", "tick_hz": 60.0}
    assert breakout["metric"]["from"] == "reward"


def test_a_game_says_all_that_its_public_view_says_and_no_seed(client: TestClient, services: Services) -> None:
    for game in services.catalogue:
        answer = client.get(f"/games/{game.id}").json()
        assert answer.pop("unavailable") is None
        assert answer.pop("sound") is (game.environment_spec().adapter == "atari")
        assert answer == game.public_view()
        assert "seed" not in answer


def test_an_unknown_game_is_told_so_live_3(client: TestClient) -> None:
    for path in ("/games/Nope.v0", "/games/Nope.v0/picture.png"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_game")


def test_what_the_examiner_finds_is_told_at_once(client: TestClient, services: Services) -> None:
    def told() -> dict[str, str | None]:
        return {game["id"]: game["unavailable"] for game in client.get("/games").json()["games"]}

    assert set(told().values()) == {None}, "a game that was not examined yet counts as available"
    for problem in ("It needs the package ale-py.", "It is too slow.", None):
        services.conditions.write_condition("Breakout.v0", Condition(problem))
        services.conditions.write_condition("Hanoi.v0", Condition(None, 20.0))
        assert (told()["Breakout.v0"], told()["Hanoi.v0"]) == (problem, None)
        assert client.get("/games/Breakout.v0").json()["unavailable"] == problem


def test_a_list_that_is_known_already_is_not_sent_again(client: TestClient, services: Services) -> None:
    first = client.get("/games")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/games", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    services.conditions.write_condition("Hanoi.v0", Condition("No."))
    newer = client.get("/games", headers={"If-None-Match": first.headers["etag"]})
    assert newer.status_code == 200
    assert newer.headers["etag"] != first.headers["etag"]


def test_games_travel_packed_to_whoever_can_unpack(client: TestClient) -> None:
    with client.stream("GET", "/games", headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["vary"]
    plain = client.get("/games", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed) == plain.content
    assert len(packed) < len(plain.content) / 2


def test_a_picture_that_is_not_painted_yet_is_a_plain_one_that_nobody_keeps(
    client: TestClient, services: Services
) -> None:
    plain = client.get("/games/Breakout.v0/picture.png")
    assert plain.content.startswith(PNG)
    assert int.from_bytes(plain.content[16:20], "big") == 160
    assert plain.headers["cache-control"] == "no-store"
    services.conditions.write_picture("Breakout.v0", PNG + b"painted")
    painted = client.get("/games/Breakout.v0/picture.png")
    assert painted.content == PNG + b"painted"
    assert painted.headers["content-type"] == "image/png"
    assert "max-age=3600" in painted.headers["cache-control"]
    again = client.get("/games/Breakout.v0/picture.png", headers={"If-None-Match": painted.headers["etag"]})
    assert again.status_code == 304


def test_a_folder_of_results_that_is_gone_is_made_again(tmp_path: Path) -> None:
    game = make_misbehaving_game("fine")
    conditions = GameConditions(tmp_path / "cache" / "pictures", [game])
    answers = GameAnswers([game], conditions)
    assert json.loads(answers.read_all().plain)["games"][0]["unavailable"] is None
    conditions.write_condition(game.id, Condition("No."))
    assert json.loads(answers.read_all().plain)["games"][0]["unavailable"] == "No."


def make_many_games(game: GameDefinition, n: int) -> list[GameDefinition]:
    return [GameDefinition.from_json({**game.to_json(), "id": f"Game{number}.v0"}) for number in range(n)]


def test_a_list_of_many_games_is_made_anew_only_for_what_has_changed(services: Services, tmp_path: Path) -> None:
    games = make_many_games(services.catalogue.get("Breakout.v0"), 110)
    conditions = GameConditions(tmp_path / "many", games)
    answers = GameAnswers(games, conditions)
    first = answers.read_all()
    assert len(json.loads(first.plain)["games"]) == 110
    before = dict(answers._each)
    conditions.write_condition("Game7.v0", Condition("No."))
    assert answers.read_all() is not first
    changed = [game_id for game_id, body in answers._each.items() if body is not before[game_id]]
    assert changed == ["Game7.v0"]
    assert answers.read_all() is answers.read_all()
