"""Tests of gl_kernels."""
