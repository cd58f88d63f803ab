"""The words every room shares: picture, step, episode, errors. Imports nothing of ours and never does I/O."""
