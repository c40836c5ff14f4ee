"""Deterministic simulation: one seed, one virtual clock, real PostgreSQL, the bank's own book."""
