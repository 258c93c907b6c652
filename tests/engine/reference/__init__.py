"""Tests of the generated reference."""
