"""The outline: the same network as a tree, for those who read rather than look."""
