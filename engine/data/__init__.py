"""Data sets: what they are, where they come from, and the arrays that training consumes."""
