"""From recordings to tables, fits and figures; it reads through `dataset` and never writes a recording."""
