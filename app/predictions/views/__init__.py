"""The views, one file each, which declares what it suits, what it has to be told, and how it is drawn."""
