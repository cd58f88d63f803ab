"""LIVE.md as types and codec: pure, no socket, no clock. What is not in LIVE.md does not happen here."""
