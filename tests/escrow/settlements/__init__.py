"""Tests of settlements."""
