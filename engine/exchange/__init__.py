"""Networks of other programs, read and written; what a file can't hold is said, never guessed."""
