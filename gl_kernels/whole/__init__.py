"""The fused step: a whole training step, and many of them, in one shader and one launch."""
