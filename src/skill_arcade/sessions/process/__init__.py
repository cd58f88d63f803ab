"""Where sessions run: the nursery, a template for each game, what is forked of it, and the player's socket in it."""
