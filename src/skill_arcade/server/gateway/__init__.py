"""The only room that touches the play socket: checks who may come, then passes messages between socket and session.

It keeps no state of a game: any gateway process can attach to any session, and one that dies takes no game
with it.
"""
