"""Networks in scripts."""
