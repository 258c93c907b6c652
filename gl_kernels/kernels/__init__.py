"""One module per family of ops: from a node to launches. `registry` finds the records."""
