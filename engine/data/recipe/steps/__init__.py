"""Steps from cells to numbers, one family a module: what missing cells, categories, numbers and dates become."""
