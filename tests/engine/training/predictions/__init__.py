"""The arithmetic behind what is shown of predictions."""
