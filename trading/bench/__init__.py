"""Measurements of bidding on a whole installation."""
