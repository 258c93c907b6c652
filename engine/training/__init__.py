"""Epochs, metrics, early stopping and snapshots around a program's step."""
