"""Measures a real server on real sockets: density, latency, starts, bytes, the pipeline.

Each benchmark starts `skill-arcade serve` in a temporary folder and on a free port, lets a crowd play from a process of
its own, and holds what it finds against the figures that the project wants to reach.
"""
