"""One number of a network in the window: its formula, the chain rule back to it, the program that computes it."""
