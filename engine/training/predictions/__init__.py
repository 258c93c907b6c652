"""The arithmetic behind what the window shows of predictions, each kind in a file of its own."""
