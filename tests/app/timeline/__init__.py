"""Tests of the time machine."""
