"""Tests of `engine.proposals`."""
