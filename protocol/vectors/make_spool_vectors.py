"""Writes the golden segments of REC-33: what two machines put into a store, and the journals that come back of it.

It knows nothing of the implementation: every byte is put together here, from the text of RECORDING.md. The journals
are those of `make_recording_vectors.py`. Run it when RECORDING.md gains something; what is there already must not
change.
"""

from __future__ import annotations

import json
import runpy
import zlib
from pathlib import Path
from typing import Any
from uuid import UUID

HERE = Path(__file__).parent / "spool"
FIRST, SECOND = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
OTHER_EPISODE = "99999999-2222-4333-8444-555555555555"


class Segment:
    """A segment that is put together chunk by chunk."""

    def __init__(self, machine: str, number: int) -> None:
        self.machine, self.number = machine, number
        self.chunks: list[dict[str, Any]] = []
        self.holds: list[dict[str, Any]] = []
        self.body = b""

    def add(self, episode_id: str, epoch: int, journal: bytes, start: int, end: int) -> None:
        """A chunk: these bytes of a journal."""
        crc = zlib.crc32(journal[start:end])
        self.chunks.append({"episode_id": episode_id, "epoch": epoch, "from": start, "to": end, "crc": crc})
        self.body += journal[start:end]

    def hold(self, episode_id: str, epoch: int, to: int, numbers: list[list[int]]) -> None:
        """A line of the manifest."""
        self.holds.append({"episode_id": episode_id, "epoch": epoch, "to": to, "in": numbers})

    @property
    def data(self) -> bytes:
        """The whole segment."""
        line = json.dumps(
            {
                "format": 1,
                "machine": self.machine,
                "number": self.number,
                "made_utc": f"2026-01-31T23:59:{self.number:02d}.000000Z",
                "chunks": self.chunks,
                "holds": self.holds,
            },
            separators=(",", ":"),
        )[:-1].encode()
        return line + f',"crc":{zlib.crc32(line)}'.encode() + b"}\n" + self.body

    @property
    def described(self) -> dict[str, Any]:
        """What a reader must find."""
        offset = len(self.data) - len(self.body)
        offsets = [offset + sum(c["to"] - c["from"] for c in self.chunks[:i]) for i in range(len(self.chunks))]
        return {
            "machine": self.machine,
            "number": self.number,
            "file": f"spool/{self.machine}/{self.number:012d}.seg",
            "offsets": offsets,
            "chunks": self.chunks,
            "holds": self.holds,
        }


def main() -> None:
    """Write the segments, the journals that come back, and what each segment says."""
    made = runpy.run_path(str(Path(__file__).parent / "make_recording_vectors.py"))
    episode_id = str(made["EPISODE"])
    first, second, _third = made["make_epochs"]()
    made["make_plain"].__globals__["EPISODE"] = UUID(OTHER_EPISODE)
    other = made["make_plain"]()
    adopted = 32 + 9 + int.from_bytes(first.data[32:36], "little")  # after OPEN, for a chunk that ends there

    # The first machine: the beginning of an epoch, then the rest of it and another episode's.
    one = Segment(FIRST, 1)
    one.add(episode_id, 1, first.data, 0, adopted)
    one.hold(episode_id, 1, adopted, [[1, 1]])
    two = Segment(FIRST, 2)
    two.add(OTHER_EPISODE, 1, other.data, 0, len(other.data))
    two.add(episode_id, 1, first.data, adopted, len(first.data))
    two.hold(episode_id, 1, len(first.data), [[1, 2]])
    two.hold(OTHER_EPISODE, 1, len(other.data), [[2, 2]])
    # Segments 3 to 5 told of what is sealed by now, and are deleted. The newest has no bytes of its own.
    six = Segment(FIRST, 6)
    six.hold(episode_id, 1, len(first.data), [[1, 2]])
    six.hold(OTHER_EPISODE, 1, len(other.data), [[2, 4]])
    # The second machine took the episode over. Of the first epoch it holds what it adopted, and its own whole.
    n_adopted = json.loads(second.records[0]["body"]["text"])["adopts"]["n_bytes"]
    seven = Segment(SECOND, 7)
    seven.add(episode_id, 1, first.data, 0, n_adopted)
    seven.add(episode_id, 2, second.data, 0, len(second.data))
    seven.hold(episode_id, 1, n_adopted, [[7, 7]])
    seven.hold(episode_id, 2, len(second.data), [[7, 7]])

    segments = [one, two, six, seven]
    for segment in segments:
        path = HERE / segment.described["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(segment.data)
    journals = {f"{episode_id}/000001": first, f"{episode_id}/000002": second, f"{OTHER_EPISODE}/000001": other}
    for name, journal in journals.items():
        path = HERE / "journal" / f"{name}.journal"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(journal.data)
    described = {"rules": ["REC-33"], "segments": [segment.described for segment in segments]}
    (HERE / "spool.json").write_text(json.dumps(described, indent=1) + "\n")


if __name__ == "__main__":
    main()
