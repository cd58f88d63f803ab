"""Who owns the processes of sessions: starts, follows, replaces and ends them, and answers those who ask for one."""
