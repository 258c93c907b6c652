"""Tests of what the window shows of the inside of layers."""
