"""Sound through a real server: asked for, and the same as the recorded episode makes when it is played again."""

from __future__ import annotations

import asyncio
from uuid import UUID

from tests.serving import Server

from skill_arcade.client import ArcadeClient
from skill_arcade.dataset import Episode, open_dataset
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.spec import EnvironmentSpec


def sealed(server: Server, episode_id: str) -> Episode:
    server.await_sealed([episode_id])
    return open_dataset(server.data).episode(UUID(episode_id))


def made_again(episode: Episode) -> dict[int, bytes]:
    """The sound of every picture but the first, from the record alone."""
    info = episode.info
    simulation = open_simulation(EnvironmentSpec.from_json(info.environment))
    simulation.reset(info.seed, info.noop_starts)
    sounds = {}
    for step, action in enumerate(episode.step_arrays()["action"].tolist(), start=1):
        simulation.step(action)
        sounds[step] = simulation.sound()
    return sounds


def test_what_was_heard_comes_out_of_the_record_again(server: Server) -> None:
    """LIVE-40, LIVE-41, LIVE-42, LIVE-45, REC-4, REC-25."""

    async def play() -> tuple[str, dict[int, bytes], int]:
        heard: dict[int, bytes] = {}
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play("Breakout.v0") as game:
                assert game.sound_format is not None
                assert (game.sound_format.rate_hz, game.sound_format.samples_per_step) == (30_720, 512)
                await game.start()
                await game.press("Space")
                await game.wait_until(lambda: game.step >= 60)
                await game.listen(lambda step, samples: heard.update({step: samples}))
                await game.press("ArrowRight")
                asked_at = game.step
                await game.wait_until(lambda: game.step >= 200)
                await game.listen(None)
                await game.quit()
                return game.episode_id, heard, asked_at

    episode_id, heard, asked_at = asyncio.run(play())
    episode = sealed(server, episode_id)
    assert min(heard) > asked_at, "something was sent before it was asked for"
    assert len(set(heard.values())) > 2, "the ball was never heard"
    expected = made_again(episode)
    assert heard == {step: expected[step] for step in heard}
    events = [event for event in episode.events().to_pylist() if event["kind"] == "sound"]
    assert [event["detail"] for event in events] == ['{"on":true}', '{"on":false}']
    assert asked_at <= events[0]["step"] < min(heard)


def test_a_silent_game_says_so_and_bears_being_listened_to(server: Server) -> None:
    """LIVE-40, LIVE-41."""

    async def play() -> int:
        heard: list[int] = []
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play("CartPole.v1") as game:
                assert game.sound_format is None
                await game.send_text('{"type": "sound", "on": true}')
                await game.listen(lambda step, _: heard.append(step))
                await game.start()
                await game.wait_until(lambda: game.step >= 5 or game.is_over)
        return len(heard)

    assert asyncio.run(play()) == 0
