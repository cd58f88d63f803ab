"""The way in for players: checks who may come, and gives their socket to the session of their episode.

From then on nothing of a game passes here, so one that dies takes no game with it.
"""
