"""Using the network."""
