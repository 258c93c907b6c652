"""What somebody watches of a run beside its figures."""
