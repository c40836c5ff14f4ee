"""Tests of escrowrefunds."""
