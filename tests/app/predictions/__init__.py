"""Views of predictions, alone and in the window."""
