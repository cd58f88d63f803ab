"""For all tests."""

from __future__ import annotations

import os

# Tests run side by side and use up the processors; whether a player is let in must not hang on that.
os.environ.setdefault("SKILL_ARCADE_ADMISSION_CPU_LIMIT", "1")
