"""Under which address this machine reaches a server of its own."""

from __future__ import annotations


def find_address(host: str, port: int) -> str:
    """The address under which this machine reaches a server that listens on `host`."""
    name = find_name(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def find_name(host: str) -> str:
    """The name or number under which this machine reaches what listens on `host`."""
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound
