"""Workloads and the way they are measured."""
