"""Shapes and dtypes: what is known of an array before it exists."""
