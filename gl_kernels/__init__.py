"""The OpenGL compute device: contexts, shaders, buffers and launches, without Qt so that it needs no display."""
