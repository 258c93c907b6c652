"""Tests of app.outline."""
