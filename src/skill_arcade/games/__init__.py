"""The games room: game files, environments and keys; the only room that imports gymnasium or ale_py.

Nothing here knows a socket, a clock, a database or a recording, and nothing here starts a thread: a session
is forked from a process that already holds an opened environment. (NumPy's BLAS starts threads of its own
when it is imported; the process that forks sets OPENBLAS_NUM_THREADS=1 beforehand.)
"""
