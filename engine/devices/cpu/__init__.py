"""The device that is always there: NumPy into planned buffers."""
