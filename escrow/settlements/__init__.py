"""Giving back a lot's deposits with interest, under two approvals (条例57)."""
