"""Evaluation plans: how bids will be judged, fixed with the tender documents (条例 49)."""
