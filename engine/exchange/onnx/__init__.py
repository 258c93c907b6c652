"""ONNX: files of the open exchange format, read and written."""
