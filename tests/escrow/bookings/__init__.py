"""Tests of escrowbookings."""
