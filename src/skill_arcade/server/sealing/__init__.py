"""Sealing: what has ended becomes Parquet, is verified, stored and indexed; only then its journal goes (REC-37)."""
