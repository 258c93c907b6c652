"""Machine code for the CPU device, where llvmlite is installed: no interpreter between calls, and all cores at once."""
