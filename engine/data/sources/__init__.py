"""People's own files, opened as tables of columns; one module a kind of file."""
