"""Optimizers: how gradients become new weights, one declaration a file."""
