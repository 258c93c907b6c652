"""Text files of strangers: what they are written in, and cut into letters or words."""
