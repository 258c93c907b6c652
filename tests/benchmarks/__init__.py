"""Measurements, kept apart from tests: they say how fast, not whether it is right."""
