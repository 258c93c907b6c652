"""Tests of what the doctor notices."""
