"""The document: nodes and edges that change only through invertible edits."""
