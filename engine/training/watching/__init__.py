"""What somebody watches of a run beside its figures: each kind of wish is a record, and the work that answers it."""
