"""Lessons in the window: the panel that tells them, what notices what the learner does, and teacher mode."""
