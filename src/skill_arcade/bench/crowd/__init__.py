"""The load generator: many players in one process of its own, each a real client on a real socket."""
