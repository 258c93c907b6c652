"""Tests of app.widgets."""
