"""The loss as a landscape: contours and relief, the path of the run on it, optimizers that race."""
