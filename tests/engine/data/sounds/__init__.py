"""Tests of engine.data.sounds."""
