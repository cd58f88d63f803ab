"""CartPole: a fast game that ends by itself."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.journeys.recorded import await_ended
from tests.journeys.visit import CARTPOLE, Visit
from tests.serving import Server


def test_cartpole_is_played_until_the_pole_falls_and_then_again(guest: Visit, server: Server) -> None:
    """LIVE-20, LIVE-27, LIVE-32, LIVE-34, REC-40."""
    guest.begin(CARTPOLE)
    with guest.holding("ArrowRight"):
        guest.await_state("ended")
    expect(guest.overlay).to_contain_text("Game over")
    lost, n_steps = guest.episode_id, guest.step
    expect(guest.overlay).to_contain_text(f"Time upright{n_steps}")
    guest.button("Play again").click()
    guest.await_that(lambda: guest.episode_id != lost, "another game")
    guest.await_state("ready")

    episode = await_ended(server, lost)
    assert (episode.info.status, episode.n_steps, episode.info.row["metric"]) == ("lost", n_steps, n_steps)
    names = [episode.info.action_meanings[each] for each in episode.steps()["action"].to_pylist()]
    assert names[-3:] == ["RIGHT", "RIGHT", "RIGHT"], "the key was held to the end"
