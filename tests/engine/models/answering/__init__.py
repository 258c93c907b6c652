"""Networks in use."""
