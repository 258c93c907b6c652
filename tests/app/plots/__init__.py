"""Tests of app.plots."""
