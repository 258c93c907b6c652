"""What a profile says: tests that mirror engine/data/profile."""
