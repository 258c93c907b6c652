"""What tables of files mean: tests that mirror engine/data/tables."""
