"""Tests of escrowbanks/iso20022."""
