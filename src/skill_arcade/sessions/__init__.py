"""One player, one environment, one clock.

`play` is the pure session: states, inputs, pacing and the record; it knows neither sockets nor processes. `process` is
where sessions run: forked from a warm template, each with its player's socket. `supervision` owns these processes, and
others ask it. Nothing here knows SQL or HTTP.
"""
