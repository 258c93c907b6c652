"""Tests of engine.compiler."""
