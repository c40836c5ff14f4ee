"""Tests of escrowbanks."""
