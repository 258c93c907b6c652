"""Tests of app.palette."""
