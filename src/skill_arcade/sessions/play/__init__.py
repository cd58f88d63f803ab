"""The session itself, which is handed its clock, its journal and its connection: states, inputs, pacing, the record."""
