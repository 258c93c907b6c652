"""Tests of engine.tensor."""
