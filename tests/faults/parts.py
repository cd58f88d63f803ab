"""The processes of a running server by what they do, so that one of a kind can be killed."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.serving import Server

_NURSERY = "skill_arcade.sessions.process.nursery"

WEIGHTS = {
    "session": 30,
    "template": 5,
    "nursery": 4,
    "stand-by": 10,
    "gateway": 8,
    "shipper": 6,
    "sealer": 5,
    "verifier": 12,
    "several": 7,
    "supervisor": 4,
    "everything": 4,
}
"""What is killed, and how often each where there is one; `several` are up to five processes at once, whichever."""


def choose_victims(server: Server, dice: Random) -> tuple[str, list[int]]:
    """What is to be killed now, and its processes; only what there is."""
    parts = find_parts(server)
    kind = dice.choices(list(parts), [WEIGHTS[each] for each in parts])[0]
    pids = parts[kind]
    match kind:
        case "everything":
            return kind, pids
        case "several":
            return kind, dice.sample(pids, min(len(pids), dice.randint(2, 5)))
        case _:
            return kind, [dice.choice(pids)]


def find_parts(server: Server) -> dict[str, list[int]]:
    """Processes by kind, in the order of `WEIGHTS`; without the kinds of which there is none at this moment."""
    assert server.process is not None
    sessions = server.session_pids()
    # What the nursery forks has the nursery's command line; who forked whom tells them apart.
    parents = {pid: _read_parent(pid) for pid in server.pids(_NURSERY)}
    nursery = [pid for pid, parent in parents.items() if parent == server.process.pid]
    templates = [pid for pid, parent in parents.items() if parent in nursery]
    everything = server.pids()
    parts = {
        "session": sessions,
        "template": templates,
        "nursery": nursery,
        "stand-by": [pid for pid in parents if pid not in {*sessions, *templates, *nursery}],
        "gateway": server.pids(" gateway "),
        "shipper": server.pids(" shipper"),
        "sealer": server.pids(" sealer"),
        "verifier": server.pids("skill_arcade.dataset.verify_child"),
        "several": everything,
        "supervisor": [server.process.pid],
        "everything": everything,
    }
    assert parts.keys() == WEIGHTS.keys()
    return {kind: sorted(pids) for kind, pids in parts.items() if pids}


def _read_parent(pid: int) -> int:
    """The process that forked it, or who has taken it over; 0 where it is no more."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
