"""Journals on their way to a store that is elsewhere, in combined segments, and back (REC-33)."""
