"""Mutants of a module, and whether its tests notice them: `./dev python -m tests.mutation`."""
