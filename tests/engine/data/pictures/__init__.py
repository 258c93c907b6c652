"""Tests of engine.data.pictures."""
