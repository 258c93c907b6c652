"""One number of a network at a time: how it is made, and how the loss depends on it. Derived from the ops' declarations."""
