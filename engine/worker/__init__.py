"""Training in a process of its own, so that a crash there never costs the user's work."""
