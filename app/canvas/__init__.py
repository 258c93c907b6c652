"""The canvas: the network as nodes and wires, drawn and edited."""

from app.canvas.editor import GraphEditor
from app.canvas.facts import Badge, Caption, cost_text, short_count
from app.canvas.live_inference import LiveInference
from app.canvas.panel import CanvasPanel
from app.canvas.scene import GraphScene
from app.canvas.view import GraphView

__all__ = [
    "Badge",
    "CanvasPanel",
    "Caption",
    "GraphEditor",
    "GraphScene",
    "GraphView",
    "LiveInference",
    "cost_text",
    "short_count",
]
