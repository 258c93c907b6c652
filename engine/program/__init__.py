"""The program: a whole training step as one list of ops, the form every device runs."""
