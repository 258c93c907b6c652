"""Tests of engine.runs."""
