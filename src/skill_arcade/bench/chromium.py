"""The browser for tests and benchmarks: the system's Chromium, told to do nothing of its own."""

from __future__ import annotations

import os
import shutil

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Chromium's sandbox refuses to be started by root.
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
)
