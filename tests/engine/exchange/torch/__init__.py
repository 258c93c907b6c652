"""PyTorch: modules that are written, and weights of other modules on networks of ours."""
