"""`skill-arcade pipeline`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import asdict
from datetime import datetime

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.cli.options import add_data_option, add_json_option
from skill_arcade.cli.table import print_json, print_table
from skill_arcade.server.pipeline_view import DatabaseView, PipelineView, State, view_pipeline
from skill_arcade.server.settings import read_settings
from skill_arcade.server.spools import Spool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    add_data_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show the backlog; exit status 3 when a person has to look, or a part could not be read."""
    view = view_pipeline(read_settings(data=arguments.data))
    if arguments.json:
        print_json(_to_json(view))
    else:
        _tell(view)
    return 3 if view.needs_a_person else 0


def _to_json(view: PipelineView) -> dict[str, object]:
    spools = None
    if view.spools is not None:
        spools = [
            {
                "machine": each.machine,
                "n_segments": each.n_segments,
                "n_bytes": each.n_bytes,
                "made_utc": each.made_utc,
                "episodes": [str(episode_id) for episode_id in sorted(each.epochs)],
                "problems": each.problems,
            }
            for each in view.spools
        ]
    # Not by asdict: the keys of JSON are text.
    return {
        "machine": view.machine,
        "served_by": view.served_by,
        "journals": [asdict(each) for each in view.journals],
        "staging": asdict(view.staging),
        "set_aside": asdict(view.set_aside),
        "spools": spools,
        "database": None if view.database is None else asdict(view.database),
        "problems": view.problems,
    }


def _tell(view: PipelineView) -> None:
    served = "no server runs on it" if view.served_by is None else f"used by the server with pid {view.served_by}"
    print(f"data folder of machine {view.machine or '(none yet)'}, {served}")
    counts = Counter(each.state for each in view.journals)
    print(f"  journals: {', '.join(f'{counts[state]} {state}' for state in State if counts[state]) or 'none'}")
    print(f"  staging: {view.staging.n_entries} files, {_megabytes(view.staging.n_bytes)}")
    print(f"  set aside: {view.set_aside.n_entries} episodes, {_megabytes(view.set_aside.n_bytes)}")
    waiting = [
        {"episode_id": each.episode_id, "state": each.state, "unchanged_for": _age(each.changed_at), "why": each.why}
        for each in view.journals
        if each.state != State.RUNNING
    ]
    if waiting:
        print_table(waiting, ("episode_id", "state", "unchanged_for", "why"))
    if view.database is not None:
        _tell_database(view.database)
    for spool in view.spools or ():
        _tell_spool(spool, view)
    for sentence in view.problems:
        print(f"not readable: {sentence}", file=sys.stderr)


def _tell_database(seen: DatabaseView) -> None:
    print("database")
    for n_episodes, what, oldest_at in (
        (seen.n_running, "not ended", seen.oldest_running_at),
        (seen.n_ended, "ended and not sealed", seen.oldest_ended_at),
        (seen.n_orphans, "of these without a server", seen.oldest_orphan_at),
    ):
        oldest = "" if oldest_at is None else f", the oldest began {_age(oldest_at)} ago"
        print(f"  {n_episodes} {what}{oldest}")
    for server in seen.servers:
        alive = "runs" if server.stopped_at is None else "has stopped or is gone"
        heard = "never" if server.heartbeat_at is None else f"{server.heartbeat_at:%Y-%m-%d %H:%M:%S} UTC by its clock"
        print(f"  server {server.name} ({server.id}) {alive}, last heard of: {heard}")


def _tell_spool(spool: Spool, view: PipelineView) -> None:
    own = " (this one)" if spool.machine == view.machine else ""
    print(
        f"store: machine {spool.machine}{own} has {spool.n_segments} segments with {len(spool.epochs)} episodes, "
        f"{_megabytes(spool.n_bytes)}"
    )
    for sentence in spool.problems:
        print(f"  {sentence}")


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB"


def _age(moment: datetime) -> str:
    """How long ago, in the largest unit of which there are two."""
    seconds = max(0.0, (read_utc_clock() - moment).total_seconds())
    for unit, length_s in (("days", 86_400), ("hours", 3600), ("min", 60)):
        if seconds >= 2 * length_s:
            return f"{seconds / length_s:.0f} {unit}"
    return f"{seconds:.0f} s"
