"""Everything a network is and does, without a window and without OpenGL, so that it runs anywhere."""
