"""Rows that take long to decode (pictures, sounds), decoded once, in parallel, into a memory-mapped file of the cache."""
