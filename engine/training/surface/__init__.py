"""The loss as a landscape over two directions through the space of all weights, and the paths of optimizers on it."""
