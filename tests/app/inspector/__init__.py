"""Tests of app.inspector."""
