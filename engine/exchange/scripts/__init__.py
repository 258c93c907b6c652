"""Training elsewhere: the same data, loss, optimizer and schedule as a script that people can read and change."""
