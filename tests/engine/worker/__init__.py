"""Tests of engine.worker."""
