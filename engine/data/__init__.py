"""Data sets: declared, generated or read, split and scaled."""
