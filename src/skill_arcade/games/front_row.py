"""The games that somebody who has never been here sees first: a few of each kind, the best known before the others."""

FRONT_ROW = (
    *("Breakout.v0", "Tetris.v0", "Hanoi.v0", "MsPacman.v0", "SpaceInvaders.v0"),
    *("Pong.v0", "LunarLander.v3", "Qbert.v0", "FrozenLake.v1", "Seaquest.v0"),
    *("Freeway.v0", "Blackjack.v1", "Enduro.v0", "CartPole.v1", "Taxi.v4"),
    *("Pitfall.v0", "MontezumaRevenge.v0", "CarRacing.v3", "MountainCar.v0", "CliffWalking.v1"),
)
"""Ids, in the order of the library."""
