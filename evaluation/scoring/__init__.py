"""Scoring: independent sheets, revealed together, compiled and ranked exactly (条例 49, 53)."""
