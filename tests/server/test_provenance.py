from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.server.provenance import begin_provenance, build_provenance, read_server_commit

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def make_game(**sections: object) -> GameDefinition:
    return GameDefinition.from_json({**Catalogue.load().get("CartPole.v1").to_json(), **sections})


def begin(game: GameDefinition, attempt_index: int, random: Random | None = None) -> dict[str, object]:
    known = build_provenance(game, {}, user="u", recording=True)
    return begin_provenance(known, attempt_index, NOW, random=random)


def test_listed_seeds_follow_the_attempts() -> None:
    game = make_game(seed={"policy": "list", "values": [11, 22]})
    assert [begin(game, attempt)["seed"] for attempt in (1, 2, 3)] == [11, 22, 11]


def test_random_seeds_have_31_bits_and_differ() -> None:
    game = make_game(seed={"policy": "random"})
    seeds = {begin(game, 1)["seed"] for _ in range(20)}
    assert len(seeds) == 20
    assert all(isinstance(seed, int) and 0 <= seed < 2**31 for seed in seeds)


def test_the_same_draw_gives_the_same_start() -> None:
    game = make_game(seed={"policy": "random"})
    assert begin(game, 1, Random(3)) == begin(game, 1, Random(3))


def test_the_commit_is_told_as_far_as_it_is_known() -> None:
    assert read_server_commit()
