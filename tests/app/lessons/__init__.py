"""Tests of `app.lessons` without a window around them; those in the window are in `tests/app/window`."""
