"""How the canvas and the controls look, compared with pictures that people have looked at and kept."""
