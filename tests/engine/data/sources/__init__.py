"""What a source gives: tests that mirror engine/data/sources."""
