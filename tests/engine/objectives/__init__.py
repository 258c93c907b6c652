"""Tests of the losses and metrics."""
