"""The Qt application: windows, canvas and plots; no numerics and no OpenGL compute of its own."""
