"""Skill Arcade: people play reinforcement-learning environments in the browser; every step is recorded.

Importing this package is light on purpose: the rooms are imported one by one, and the server is an extra.
"""

__version__ = "0.1.0"
