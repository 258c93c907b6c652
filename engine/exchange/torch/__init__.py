"""PyTorch: a network as a readable module with its weights beside it, and weights of other modules on a network."""
