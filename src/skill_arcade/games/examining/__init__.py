"""Trying a game out before anybody plays it."""
