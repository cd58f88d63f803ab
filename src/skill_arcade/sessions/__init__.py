"""One player, one environment, one clock.

The pure session (`play` and what it is made of) knows states, inputs, pacing and the record, and neither sockets nor
processes. Around it: the `process` it runs in, the warm `nursery` such processes are forked from, the `supervisor` that
owns them all, and `control`, by which others ask the supervisor. Nothing here knows SQL or HTTP.
"""
