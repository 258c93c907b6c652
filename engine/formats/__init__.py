"""Reading and writing files, each reader with size limits since files come from strangers."""
