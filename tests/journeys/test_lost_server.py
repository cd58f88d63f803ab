"""Servers that are lost under a player in a real browser, who goes on at another one, by themselves, in that game."""

from __future__ import annotations

import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import expect
from tests.faults.test_several_servers import await_all_sealed, owner_of
from tests.journeys.conftest import MakeContext, TakePicture
from tests.journeys.recorded import hash_pictures
from tests.journeys.test_breakout import LOOK, Player
from tests.journeys.visit import BREAKOUT, Visit, open_tab
from tests.object_stores import tell_missing
from tests.postgresql import find_programs
from tests.serving import Server, serving
from tests.several_servers import Installation, installation
from tests.waiting import await_true

from skill_arcade.archive.opening import open_store
from skill_arcade.dataset import Episode, open_dataset
from skill_arcade.domain.episode import Status, Verification
from skill_arcade.recorder.chain import generation_of
from skill_arcade.recorder.spool.restore import read_manifest

DRAIN_PATIENCE_S = 10
"""What docs/howto/host-it.md tells people to give a server."""

N_BALLS_KEPT = 3

N_STEPS_UNSHIPPED = 60
"""Steps that are played after a shipment: a second's worth, and the next one is three and a half away."""

KEEP_KEYS = """
window.pressed = [];
for (const [type, kind] of [["keydown", "down"], ["keyup", "up"]])
  addEventListener(type, ({ code, repeat, timeStamp }) => {
    if (!repeat) window.pressed.push([kind, code, Math.round(timeStamp * 1000)]);
  }, true);
"""
"""Keeps each key that the page got, beside the page's own program: what happened, with the event's own time in µs."""


class Persistent(Player):
    """Plays for as long as there is a game, and lets go of all keys when it stops."""

    def play_while(self, holds: Callable[[], bool]) -> None:
        """Until it holds no more, or the game does not run."""
        while holds() and (seen := self.visit.page.evaluate(LOOK))["state"] == "running":
            self._react(seen)
            self.visit.page.wait_for_timeout(10)
        self._hold(None)

    def play_on(self, n_steps: int) -> None:
        """So many steps more, and not one less."""
        wanted = self.visit.step + n_steps
        self.play_while(lambda: self.visit.step < wanted)
        assert self.visit.step >= wanted, f"the game stands: {self.visit.state}, {self.visit.told_states[-3:]}"

    def let_balls_go(self, holds: Callable[[], bool]) -> None:
        """Serve while it holds, and catch none: of five balls three are kept, since the end is to be reached soon."""
        while holds():
            self._hold("Space" if int(read_reading(self.visit, "Lives")) > N_BALLS_KEPT else None)
            self.visit.page.wait_for_timeout(10)
        self._hold(None)

    def lose_game(self) -> None:
        """Into a corner, and let every ball go by."""
        self._hold("ArrowRight")
        self.visit.page.wait_for_timeout(500)
        # Held, it brings a new ball as often as there is one.
        self._hold("Space")
        self.visit.await_state("ended")
        self._hold(None)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """Two servers, a PostgreSQL, and a Google Cloud Storage that somebody else wrote."""
    if (why := tell_missing("gs")) is not None:
        pytest.skip(why)
    if find_programs() is None:
        pytest.skip("no PostgreSQL: run `apt-get install postgresql` as root")
    with installation(tmp_path, "gs") as house:
        for name, value in house.emulator.environment().items():
            monkeypatch.setenv(name, value)
        yield house


def test_a_player_goes_on_at_another_server_by_themselves_when_theirs_is_lost_or_stopped(
    house: Installation, make_context: MakeContext, tmp_path: Path, take_picture: TakePicture
) -> None:
    """LIVE-23, LIVE-30, LIVE-36, LIVE-60, LIVE-70, LIVE-71, REC-31, REC-32, REC-33."""
    player = open_tab(make_context(), house.door.url)
    player.page.add_init_script(KEEP_KEYS)
    player.come_in_as_guest()
    player.begin(BREAKOUT, record_canvas=True)
    episode_id, hands = player.episode_id, Persistent(player)
    hands.play_on(120)
    take_picture(player, "two-servers-1-playing")

    lost = house.servers[owner_of(house, episode_id)]
    await_shipment(house, lost, hands)
    hands.play_on(N_STEPS_UNSHIPPED)
    machine_lost = threading.Thread(target=lose_machine, args=(house, lost))
    machine_lost.start()
    hands.play_while(lambda: True)
    told = [look_at_lost_game(player, take_picture, "two-servers-2-lost")]
    machine_lost.join()
    with serving(tmp_path / "new", variables=house.emulator.environment(), **lost.settings) as new:
        house.servers.append(new)
        house.door.ports.append(new.port)
        await_going_on(player, told[0][0])
        assert player.page.get_by_text("broke down").count() == 0, "steps were lost that the browser had offered"
        hands.play_on(90)
        take_picture(player, "two-servers-3-going-on")

        stopped = house.servers[owner_of(house, episode_id)]
        assert stopped is not lost
        is_over = threading.Thread(target=stop_server, args=(house, stopped))
        is_over.start()
        hands.play_while(lambda: True)
        told.append(look_at_lost_game(player, take_picture, "two-servers-4-stopping"))
        await_going_on(player, told[1][0])
        hands.play_on(90)
        is_over.join()
        assert stopped.process is not None
        assert stopped.process.returncode == 0
        assert house.servers[owner_of(house, episode_id)] is new

        hands.lose_game()
        expect(player.heading("Game over")).to_be_visible()
        take_picture(player, "two-servers-5-ended")
        told.append((player.step, int(read_reading(player, "Score"))))
        expect(player.overlay.get_by_text(str(told[-1][1]), exact=True)).to_be_visible()
        assert player.episode_id == episode_id
        await_all_sealed(house, [episode_id])
        check_record(open_dataset(house.store_url).episode(episode_id), player, told)


def await_shipment(house: Installation, server: Server, hands: Persistent) -> None:
    """Play until the next segment of this server is in the store: from here on steps are on its own disk alone."""
    store, machine = open_store(house.store_url, server.data), UUID((server.data / "machine").read_text().strip())

    def newest() -> int:
        index = read_manifest(store, machine)
        return -1 if index is None else index.number

    before, shipped = newest(), threading.Event()

    def look() -> None:
        await_true(lambda: newest() > before)
        shipped.set()

    looking = threading.Thread(target=look)
    looking.start()
    hands.let_balls_go(lambda: not shipped.is_set())
    looking.join()
    assert shipped.is_set()


def lose_machine(house: Installation, server: Server) -> None:
    """All its processes at once, and its disk."""
    server.kill_everything()
    shutil.rmtree(server.data)
    house.servers.remove(server)
    house.door.ports.remove(server.port)


def stop_server(house: Installation, server: Server) -> None:
    """As whoever runs it does: it is told to, and has so much time."""
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(DRAIN_PATIENCE_S)
    house.door.ports.remove(server.port)


def look_at_lost_game(player: Visit, take_picture: TakePicture, name: str) -> tuple[int, int]:
    """The calm word, and nothing that sounds like a fault; step and score that the player has before them."""
    expect(player.heading("One moment…")).to_be_visible()
    expect(player.page.get_by_role("alert")).to_have_count(0)
    take_picture(player, name)
    return player.step, int(read_reading(player, "Score"))


def read_reading(player: Visit, label: str) -> str:
    """One of those over the screen."""
    return player.page.locator("dl > div").filter(has_text=label).first.locator("dd").inner_text()


def await_going_on(player: Visit, step: int) -> None:
    """Nobody touches anything meanwhile."""
    player.await_state("running")
    player.await_step(step + 1)


def check_record(episode: Episode, player: Visit, told: list[tuple[int, int]]) -> None:
    """That the record is what the browser showed and the player did, no more and no less.

    Args:
        episode: sealed.
        player: the tab it was played in.
        told: step and score on the screen at the losses, and at the end.
    """
    info, steps = episode.info, episode.steps().to_pylist()
    assert info.verification is Verification.VERIFIED
    assert info.status is Status.LOST
    assert (info.n_steps, int(info.score)) == told[-1]
    assert info.score > 0, "nobody played"
    generations = [generation_of(each["epoch"]) for each in steps]
    assert sorted(set(generations)) == [0, 1, 2]
    assert generations.count(0) < told[0][0], "nothing was lost that the browser had to offer"

    recorded, drawn = hash_pictures(episode), player.drawn_hashes
    assert list(recorded) == list(range(info.n_steps + 1))
    assert [step for step, digest in drawn if recorded[step] != digest] == []
    assert max(step for step, _ in drawn) == info.n_steps
    scores = list(accumulate((each["reward"] for each in steps), initial=0.0))
    assert [(step, int(scores[step])) for step, _ in told] == told

    events = episode.events().to_pylist()
    seqs = [each["seq"] for each in events if each["seq"] is not None]
    assert seqs == list(range(1, len(seqs) + 1)), "an input is missing or doubled"
    keys = [[each["kind"], each["code"], each["t_client_us"]] for each in events if each["kind"] in ("down", "up")]
    # The last one was let go of when the game was over.
    assert keys == player.page.evaluate("window.pressed")[:-1]
    n_lost = sum(generation == 0 for generation in generations)
    print("steps:", info.n_steps, "made again:", told[0][0] - n_lost, "keys:", len(keys))
