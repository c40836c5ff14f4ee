"""Reconciliation: statements proven whole, matched line by line, breaks, the close of a day."""
