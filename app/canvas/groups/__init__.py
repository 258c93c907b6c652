"""Groups on the canvas: opened in place, with their ports and shown settings, linked copies and a library."""
