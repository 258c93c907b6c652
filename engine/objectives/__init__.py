"""Losses and metrics: what training makes small, and what people judge it by."""
