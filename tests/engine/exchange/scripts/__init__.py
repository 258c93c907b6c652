"""Training scripts: their text, and what they do where they run."""
