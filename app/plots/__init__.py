"""Views of arrays: curves, decision fields, fits, predictions, pictures, confusion matrices."""
