"""Melodies as words, a note each, so that a network reads and writes them like a text."""
