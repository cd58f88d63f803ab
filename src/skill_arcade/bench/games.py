"""The games that are played when something is measured."""

EIGHT_GAMES = (
    *("Breakout.v0", "Pong.v0", "SpaceInvaders.v0", "MsPacman.v0"),
    *("Seaquest.v0", "Qbert.v0", "Enduro.v0", "Freeway.v0"),
)
EIGHT_ROMS = ("breakout", "pong", "space_invaders", "ms_pacman", "seaquest", "qbert", "enduro", "freeway")
"""The same by the names of their ROMs."""
