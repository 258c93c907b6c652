"""The OpenGL compute device: contexts, shaders, buffers, launches; without Qt, so it needs no display."""
