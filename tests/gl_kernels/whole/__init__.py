"""Tests of the fused step."""
