"""How the numbers of epochs are shared out among the servers that own an episode one after another (REC-32)."""

from __future__ import annotations

EPOCHS_OF_A_GENERATION = 1000
"""Epochs g * 1000 + 1 to g * 1000 + 999 belong to whoever owns the episode in generation g."""
