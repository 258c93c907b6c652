"""Tests of engine.graph."""
