"""A network as one file of Python that needs nothing but NumPy."""
