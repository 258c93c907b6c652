"""Tests of engine.program."""
