"""Explaining one number of a network at a time."""
