"""Tests of what is shown of the inside of layers."""
