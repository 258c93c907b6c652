"""What the doctor says, in the window."""
