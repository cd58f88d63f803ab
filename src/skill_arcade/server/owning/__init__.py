"""Which server has an episode: bringing it here, letting go of it, and what becomes of one without a server."""
