"""What only a first start does: making the environment and finding system libraries. Standard library."""
