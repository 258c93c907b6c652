"""Tests of engine.devices."""
