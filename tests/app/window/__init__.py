"""Tests of app.window."""
