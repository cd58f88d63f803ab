"""The reader of recordings: episodes, steps, frames, verify and export; it never touches the database."""
