"""What is not well with a run, and what to do: found in its curves, its predictions and its data, never by guessing."""
