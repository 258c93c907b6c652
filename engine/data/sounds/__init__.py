"""Sounds of strangers made into waves of one rate and length, and waves into spectrograms."""
