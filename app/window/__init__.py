"""The main window: what surrounds the canvas, and how its parts are wired together."""
