"""Tests of escrowdeposits."""
