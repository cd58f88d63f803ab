"""People, roles, tickets, tokens and consent; it never sees a frame."""
