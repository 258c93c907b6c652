"""Tests of the Data view."""
