"""What the doctor says of a run: remarks, the layers as they do, the examples that are suspected."""
