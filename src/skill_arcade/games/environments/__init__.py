"""Environments behind one face: opened, stepped, looked at and heard, fenced off from the rest."""
