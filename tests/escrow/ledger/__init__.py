"""Tests of escrowledger."""
