"""Tests of app.theme."""
