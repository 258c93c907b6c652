"""Tests of app.canvas."""
