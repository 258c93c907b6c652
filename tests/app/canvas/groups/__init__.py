"""Groups on the canvas."""
