"""Tests of interest."""
