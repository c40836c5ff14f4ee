"""The one way a step of the check ends badly."""

from __future__ import annotations


class Failed(Exception):
    """What does not hold, in one line for people."""
