"""Variants of one network side by side: what is varied, how they train, what is told of them."""
