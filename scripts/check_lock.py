"""Says whether the lock files were made from this pyproject.toml; needs no network.

`make lock` stamps a digest of everything in pyproject.toml that decides what is installed into the first line
of each lock file. Without an argument the digest is compared; with `--stamp` it is written.
"""

import hashlib
import json
import re
import sys
import tomllib
from pathlib import Path

LOCK_FILES = ("requirements.lock", "requirements-dev.lock")
STAMP = "# made by `make lock` from pyproject.toml, inputs sha256:"
ADDRESS = re.compile(r"://|--(extra-)?index-url|--find-links")


def compute_inputs_digest(pyproject: Path) -> str:
    """The SHA-256, in hex, of the requirements and of the supported Pythons."""
    document = tomllib.loads(pyproject.read_text())
    project = document["project"]
    inputs = [
        project["requires-python"],
        project["dependencies"],
        project["optional-dependencies"],
        document["dependency-groups"],
    ]
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def stamp_lock(path: Path, digest: str) -> None:
    """Write the digest into the first line of a lock file."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith(STAMP)]
    path.write_text("\n".join([STAMP + digest, *lines]) + "\n")


def find_faults(path: Path, digest: str) -> list[str]:
    """What is wrong with a lock file: stale, or bound to one place to download from."""
    lines = path.read_text().splitlines()
    faults = []
    if not lines or lines[0] != STAMP + digest:
        faults.append(f"{path.name} was not made from this pyproject.toml: run `make lock`")
    faults += [f"{path.name} names a download address: {line}" for line in lines if ADDRESS.search(line)]
    return faults


def main(arguments: list[str]) -> int:
    """Compare or write the digest of both lock files; the exit status is 1 when one is stale."""
    root = Path(__file__).resolve().parent.parent
    digest = compute_inputs_digest(root / "pyproject.toml")
    locks = [root / name for name in LOCK_FILES]
    if arguments == ["--stamp"]:
        for path in locks:
            stamp_lock(path, digest)
        return 0
    faults = [fault for path in locks for fault in find_faults(path, digest)]
    print("\n".join(faults) or "the lock files match pyproject.toml")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
