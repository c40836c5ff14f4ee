"""Tests of escrowbanks/simulator."""
