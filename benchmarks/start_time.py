"""How long people wait: from the ticket to the first picture, and from the death of a process to the next picture.

Ends with an error if a game could not be started, or did not go on after a kill.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import Figure, Report, add_report_options, make_figures
from tests.serving import Server, serving
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from skill_arcade.client import ArcadeClient, LiveGame
from skill_arcade.server.keeper import QUICK_RESTARTS
from skill_arcade.wire.from_client import ClientFacts, FromClient, Hello, Quit, encode_client_message
from skill_arcade.wire.limits import SUBPROTOCOL

GAMES = ("Breakout.v0", "Hanoi.v0", "CartPole.v1")
KILLED_GAME = "Breakout.v0"
PLAY_BETWEEN_KILLS_S = 1.0
_START_TAIL = {"p50": 50.0, "p99": 99.0, "max": 100.0}
_KILL_SPREAD = {"min": 0.0, "median": 50.0, "max": 100.0}

Victims = Callable[[Server], list[int]]
VICTIMS: dict[str, Victims] = {
    "gateway": lambda server: server.pids("gateway"),
    "session": lambda server: server.session_pids(),
}
"""What is killed, to its processes."""


def main() -> None:
    """Entry: `python -m benchmarks.start_time`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=50, help="of each game, the cold one not counted")
    parser.add_argument("--kills", type=int, default=10, help="of each kind")
    add_report_options(parser, "start_time")
    arguments = parser.parse_args()
    report = Report("start_time", starts=arguments.starts, kills=arguments.kills)
    report.add(*measure_starts(arguments.starts))
    for victim in VICTIMS:
        report.add(*measure_kills(victim, arguments.kills))
    report.tell(arguments)


# --- starts ---


def measure_starts(n_starts: int) -> list[Figure]:
    """Start every game cold, then warm `n_starts` times, one after the other."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="skill-arcade-bench-") as folder:
        for game_id in GAMES:
            # A server for each game, so that each cold start is the first thing that it is asked for. It keeps no ended
            # episodes: sealing one after the other, as no person causes it, would compete with the starts.
            with serving(Path(folder) / game_id, recording="false") as server:
                cold_ms, *warm_ms = asyncio.run(start_often(server.url, game_id, 1 + n_starts))
            figures.append(Figure(f"{game_id}: ticket to first picture, cold", cold_ms, "ms"))
            figures += make_figures(f"{game_id}: ticket to first picture", warm_ms, "ms", _START_TAIL)
    return figures


async def start_often(url: str, game_id: str, n_starts: int) -> list[float]:
    """Milliseconds of each start; every episode is quit at once, and its end awaited, before the next begins."""
    async with ArcadeClient(url) as arcade:
        await arcade.login_as_guest()
        return [await start_once(arcade, game_id) for _ in range(n_starts)]


async def start_once(arcade: ArcadeClient, game_id: str) -> float:
    """From before the ticket is asked for until the first picture has come, in ms.

    Raises:
        ConnectionError: no picture came.
    """
    began_s = time.perf_counter()
    url = arcade.socket_url(await arcade.ticket(game_id=game_id))
    first_s: float | None = None
    async with connect(url, subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None) as socket:
        await socket.send(encode_client_message(_hello()))
        async for message in socket:
            if isinstance(message, bytes) and first_s is None:
                first_s = time.perf_counter()
                await socket.send(encode_client_message(Quit()))
    if first_s is None:
        raise ConnectionError(f"no picture came: {socket.close_code} {socket.close_reason}")
    return (first_s - began_s) * 1000


def _hello() -> FromClient:
    return Hello(
        page_load="benchmark",
        played_by="scripted",
        client=ClientFacts(name="benchmarks"),
        client_us=time.monotonic_ns() // 1000,
        utc_ms=time.time_ns() // 1_000_000,
        clock_step_us=1.0,
    )


# --- kills ---


def measure_kills(victim: str, n_kills: int) -> list[Figure]:
    """Kill `n_kills` times while one person plays."""
    waits_ms: list[float] = []
    while len(waits_ms) < n_kills:
        # A gateway that dies more often in quick succession is started again ever more slowly, which is not measured.
        n_of_these = min(QUICK_RESTARTS, n_kills - len(waits_ms))
        with (
            tempfile.TemporaryDirectory(prefix="skill-arcade-bench-") as folder,
            serving(Path(folder) / "data") as server,
        ):
            waits_ms += asyncio.run(kill_often(server, VICTIMS[victim], n_of_these))
    return make_figures(f"kill of the {victim} to the next step's picture", waits_ms, "ms", _KILL_SPREAD)


async def kill_often(server: Server, victims: Victims, n_kills: int) -> list[float]:
    """Milliseconds from each kill until the game has gone on."""
    async with ArcadeClient(server.url) as arcade:
        await arcade.login_as_guest()
        async with arcade.play(KILLED_GAME) as game:
            await game.start()
            waits_ms = []
            for _ in range(n_kills):
                await asyncio.sleep(PLAY_BETWEEN_KILLS_S)
                waits_ms.append(await kill_once(game, server, victims))
            await game.quit()
    return waits_ms


async def kill_once(game: LiveGame, server: Server, victims: Victims) -> float:
    """From the kill until a picture has come of a step that was made after it.

    Pictures that were on their way count for nothing, nor does the one that only shows again where the game stands: the
    client must have been welcomed anew, and the game have made a step since.
    """
    pids = victims(server)
    welcome = game.progress.welcome
    if not pids or welcome is None:
        raise ConnectionError("nothing to be killed: the game does not run")
    segment = welcome.segment

    def goes_on() -> bool:
        now = game.progress.welcome
        return now is not None and now.segment != segment and game.step > now.step

    killed_s = time.perf_counter()
    server.kill(pids)
    await game.wait_until(goes_on)
    return (time.perf_counter() - killed_s) * 1000


if __name__ == "__main__":
    main()
