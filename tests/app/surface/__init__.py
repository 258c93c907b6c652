"""Tests of the views that take the mathematics of a network apart."""
