"""Measurements of escrow: interest, postings."""
