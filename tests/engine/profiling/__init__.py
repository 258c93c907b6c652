"""Tests of engine.profiling."""
