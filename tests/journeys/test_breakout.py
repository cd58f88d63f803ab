"""Breakout at 60 Hz: what was seen is what is stored, and anybody can read it."""

from __future__ import annotations

import hashlib
import io
import re
import urllib.request
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect
from tests.journeys.conftest import TakePicture
from tests.journeys.recorded import await_sealed, hash_pictures, table_file, verify_all
from tests.journeys.visit import BREAKOUT, READ_CANVAS, Visit
from tests.serving import Server

from skill_arcade.bench.drawn import measure_key_to_drawn_us

N_STEPS = 1200
"""Twenty seconds."""

LOOK = (
    f"() => {{ const copy = {READ_CANVAS};"
    """
  const left = 8, width = 144, top = 93, height = 100, paddleTop = 96;
  const { data } = copy.getImageData(left, top, width, height);
  const sums = { ball: [0, 0], paddle: [0, 0] };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (data[4 * (y * width + x)] < 100) continue;
      const sum = y < paddleTop ? sums.ball : sums.paddle;
      sum[0] += x;
      sum[1] += 1;
    }
  }
  const mean = ([sum, count]) => (count === 0 ? null : sum / count);
  const { step, state } = window.skillArcade;
  return { step, state, ball: mean(sums.ball), paddle: mean(sums.paddle) };
}
"""
)


class Player:
    """Follows the ball with real keys, as a person would who only looks at the picture."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.held: str | None = None

    def play_until(self, step: int) -> None:
        while (seen := self.visit.page.evaluate(LOOK))["step"] < step:
            assert seen["state"] == "running"
            self._react(seen)
            self.visit.page.wait_for_timeout(10)
        self._hold(None)

    def _react(self, seen: dict[str, Any]) -> None:
        if seen["ball"] is None or seen["paddle"] is None:
            self._hold(None)
            self.visit.page.keyboard.press("Space", delay=50)
            return
        distance = seen["ball"] - seen["paddle"]
        self._hold(None if abs(distance) < 4 else "ArrowLeft" if distance < 0 else "ArrowRight")

    def _hold(self, key: str | None) -> None:
        if key == self.held:
            return
        if self.held is not None:
            self.visit.page.keyboard.up(self.held)
        if key is not None:
            self.visit.page.keyboard.down(key)
        self.held = key


@pytest.mark.slow
def test_a_guest_plays_breakout_and_every_picture_that_was_drawn_is_recorded_as_it_was(
    guest: Visit, server: Server, take_picture: TakePicture
) -> None:
    """REC-1, REC-2, REC-26, REC-35, REC-36, REC-50, REC-60, LIVE-18, LIVE-52, LIVE-61."""
    guest.open("/")
    expect(guest.card("Tower of Hanoi")).to_be_visible()
    take_picture(guest, "library")
    guest.go_to(BREAKOUT, record_canvas=True)
    guest.page.keyboard.press("Space")
    guest.await_state("running")
    player = Player(guest)
    player.play_until(N_STEPS * 3 // 4)
    expect(guest.page.get_by_text(re.compile(r"^[1-9]\d* fps$"))).to_be_visible()
    take_picture(guest, "breakout")
    player.play_until(N_STEPS)

    guest.page.keyboard.press("p")
    guest.await_state("paused")
    guest.await_that(lambda: guest.drawn_hashes[-1][0] == guest.step, "the newest picture")
    acked, drawn, episode_id = guest.step, guest.drawn_hashes, guest.episode_id
    token = guest.token
    guest.button("New game").click()
    guest.overlay.get_by_role("button", name="Start over").click()
    guest.await_that(lambda: guest.episode_id != episode_id, "another game")

    episode = await_sealed(server, episode_id)
    assert (episode.n_steps, episode.info.end_reason) == (acked, "player_quit")
    assert episode.info.score > 0, "nobody played"
    recorded = hash_pictures(episode)
    assert list(recorded) == list(range(acked + 1))
    assert [step for step, digest in drawn if recorded[step] != digest] == []
    # What `skill-arcade bench latency` tells of the browser can be had from any such record.
    key_to_drawn_us = measure_key_to_drawn_us(episode.events().to_pylist(), episode.steps().to_pylist())
    assert len(key_to_drawn_us) > 0
    assert min(key_to_drawn_us) > 0

    assert_pyarrow_alone_reads_it(server, episode_id, recorded, {step for step, _ in drawn})
    assert_duckdb_alone_reads_it(server, episode_id, acked, episode.info.score)
    assert_http_gives_the_picture(server, f"{episode_id}/{drawn[-1][0]}", token, drawn[-1][1])
    results = {each["episode_id"]: each["verification"] for each in verify_all(server)}
    assert results[episode_id] == "verified"


def assert_pyarrow_alone_reads_it(server: Server, episode_id: str, recorded: dict[int, str], drawn: set[int]) -> None:
    """Pictures are the same when looked up by hand, and have a time exactly if they were drawn."""
    (facts,) = pq.ParquetFile(table_file(server, "episodes", episode_id)).read().to_pylist()
    palette = np.frombuffer(facts["palette"], np.uint8).reshape(256, 3)
    frames = pq.ParquetFile(table_file(server, "frames", episode_id)).read().to_pylist()
    assert [each["step"] for each in frames] == list(recorded)
    assert {each["step"] for each in frames if each["drawn_at_client_us"] is not None} == drawn
    for each in frames:
        rgb: npt.NDArray[np.uint8] = palette[np.frombuffer(each["picture"], np.uint8)]
        assert hashlib.sha256(rgb.tobytes()).hexdigest() == recorded[each["step"]]
    steps = pq.ParquetFile(table_file(server, "steps", episode_id)).read().to_pylist()
    assert [each["step"] for each in steps] == list(range(facts["n_steps"]))
    assert {each["step"] + 1 for each in steps if each["drawn_at_client_us"] is not None} == drawn - {0}


def assert_duckdb_alone_reads_it(server: Server, episode_id: str, n_steps: int, score: float) -> None:
    with duckdb.connect() as database:
        (steps,) = database.execute(
            "SELECT count(*), sum(reward), count(DISTINCT action) > 2, bool_and(game_id = 'Breakout.v0') "
            "FROM read_parquet(?, hive_partitioning = true) WHERE episode_id = ?",
            [f"{server.data}/archive/steps/**/*.parquet", episode_id],
        ).fetchall()
        (frames,) = database.execute(
            "SELECT count(*), min(octet_length(picture)), max(octet_length(picture)) "
            "FROM read_parquet(?, hive_partitioning = true) WHERE episode_id = ?",
            [f"{server.data}/archive/frames/**/*.parquet", episode_id],
        ).fetchall()
    assert steps == (n_steps, score, True, True)
    assert frames == (n_steps + 1, 160 * 210, 160 * 210)


def assert_http_gives_the_picture(server: Server, obs_key: str, token: str, digest: str) -> None:
    request = urllib.request.Request(
        f"{server.url}/observations/{obs_key}?format=npy", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        observation = np.load(io.BytesIO(answer.read()))
    assert hashlib.sha256(observation.tobytes()).hexdigest() == digest
