"""Tests of the reference in the window."""
