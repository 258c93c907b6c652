"""Everything that can be done, found by its name and run: the command palette."""
