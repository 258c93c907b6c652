"""Tests of engine.data.decoded."""
