"""Layered drawing of directed graphs: columns along the wires, few crossings, straight wires. No canvas, no layers."""

from engine.graph.layered.layout import Box, Link, layered

__all__ = ["Box", "Link", "layered"]
